using System.Globalization;
using SecurityDashboard.Correlation;
using SecurityDashboard.Normalising;

namespace Curlew.Samples.SecurityDashboard.Tests;

/// <summary>Makes records of lines as the program does, with the rules that come with it.</summary>
internal static class Lines
{
    /// <summary>The time of tests: a Sunday, 12:00.</summary>
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly string SampleRoot = Repository.PathOf("samples/SecurityDashboard");

    public static RuleFile DefaultRules { get; } = RuleFile.Parse("rules.yaml", File.ReadAllText(Path.Combine(SampleRoot, "rules.yaml")));

    public static LogRecord Normalise(string text, string id = "1", string? host = null) =>
        new LogNormaliser(new ManualTimeProvider(Now)).Normalise(new(id, "test.log", host, text));

    /// <summary>A line of syslog, so many seconds after <see cref="Now"/> has begun its hour.</summary>
    public static string Syslog(double second, string host, string rest) =>
        $"{Now.AddMinutes(-59).AddSeconds(second):yyyy-MM-ddTHH:mm:ss.fff}Z {host} {rest}";

    /// <summary>A line of a web server's log.</summary>
    public static string Web(double second, string address, string user, string request, int status, long bytes) =>
        $"{address} - {user} [{Now.AddMinutes(-59).AddSeconds(second).ToString("dd/MMM/yyyy:HH:mm:ss", CultureInfo.InvariantCulture)} +0000] \"{request}\" {status} {bytes} \"-\" \"test\"";
}
