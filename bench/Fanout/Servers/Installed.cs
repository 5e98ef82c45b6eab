using System.ComponentModel;
using System.Diagnostics;

namespace Curlew.Bench.Fanout.Servers;

/// <summary>Programs of this machine: whether they are there, and what they say of themselves.</summary>
internal static class Installed
{
    /// <summary>The path of a program, also of those where only root's PATH leads; null if there is none.</summary>
    public static string? Find(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/usr/local/sbin".Split(':')
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    /// <summary>Whether a program can be run and succeeds.</summary>
    public static bool Runs(string program, params string[] arguments)
    {
        try
        {
            Run(program, arguments);
            return true;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Runs a program.</summary>
    /// <returns>What it wrote.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output + error.GetAwaiter().GetResult()
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {error.GetAwaiter().GetResult()}");
    }

    /// <summary>The first line that a program writes.</summary>
    public static string FirstLine(string program, params string[] arguments) => Run(program, arguments).Split('\n')[0].Trim();

    /// <summary>The version of a Debian package, or a word for not knowing it.</summary>
    public static string DebianVersion(string package)
    {
        try
        {
            return Run("dpkg-query", "-W", "-f", "${Version}", package).Trim();
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return "of unknown version";
        }
    }

    /// <summary>The version of an assembly.</summary>
    public static string AssemblyVersion(string path) => FileVersionInfo.GetVersionInfo(path).ProductVersion?.Split('+')[0] ?? "";
}
