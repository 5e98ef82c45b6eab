using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using Curlew.Bench.Fanout.Linux;
using Curlew.Bench.Fanout.Servers;

namespace Curlew.Bench.Fanout.Reports;

/// <summary>What figures were measured on.</summary>
internal static class Machine
{
    /// <summary>Names and values, in the order of the report.</summary>
    public static IEnumerable<(string Name, string Value)> Describe()
    {
        yield return ("date", DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));
        yield return ("commit", Commit());
        yield return ("processor", $"{Processor()}, {Environment.ProcessorCount} cores");
        var memory = ProcessTree.ParseKilobytes(File.ReadLines("/proc/meminfo"), "MemTotal") ?? 0;
        yield return ("memory", string.Create(CultureInfo.InvariantCulture, $"{memory / 1024.0 / 1024 / 1024:0.0} GiB"));
        yield return ("system", $"{Distribution()}, Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, {RuntimeInformation.OSArchitecture}");
    }

    private static string Processor() => ValueOf("/proc/cpuinfo", "model name", ':') ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string Distribution() => ValueOf("/etc/os-release", "PRETTY_NAME", '=')?.Trim('"') ?? "Linux";

    private static string? ValueOf(string file, string name, char separator) =>
        File.Exists(file)
            ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(separator, 2)[1].Trim()
            : null;

    private static string Commit()
    {
        try
        {
            string[] git = ["-c", "safe.directory=*", "-C", BenchFiles.Root];
            var changed = Installed.Run("git", [.. git, "status", "--porcelain", "--untracked-files=no", "--", "src", "bench/Fanout", "bench/Peers"]).Length > 0;
            return Installed.FirstLine("git", [.. git, "rev-parse", "--short=12", "HEAD"]) + (changed ? ", changed" : "");
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return "unknown";
        }
    }
}
