using System.Globalization;
using Curlew.Bench.Fanout.Reports;

namespace Curlew.Bench.Cluster;

/// <summary>What one process with some clients cost Redis for a while.</summary>
/// <param name="Clients">Its clients.</param>
/// <param name="Rate">The events a second that were published; 0 when it was idle.</param>
/// <param name="Connections">The connections of the process to Redis.</param>
/// <param name="Calls">Calls a second, by command.</param>
internal sealed record RedisUse(int Clients, double Rate, int Connections, IReadOnlyDictionary<string, double> Calls)
{
    // What the process's scripts call; it sends none of them by itself as long as nobody reads below the window.
    private static readonly string[] CalledByScripts = ["get", "set", "time", "xadd", "xinfo|stream", "xrange", "xtrim"];

    /// <summary>Commands a second that the process sends.</summary>
    public double Commands => Calls.Where(static call => !IsCalledByScripts(call.Key)).Sum(static call => call.Value);

    /// <summary>Commands a second that its scripts call within Redis.</summary>
    public double CommandsOfScripts => Calls.Where(static call => IsCalledByScripts(call.Key)).Sum(static call => call.Value);

    /// <summary>The table of some of them.</summary>
    public static string Write(IEnumerable<RedisUse> uses) => MarkdownTable.Write(
        [
            ["clients", "events/s", "connections", "commands/s", "in scripts/s", "calls/s, by command"],
            .. uses.Select(static use => new[]
            {
                Number(use.Clients, "#,0"),
                Number(use.Rate, "#,0.##"),
                Number(use.Connections, "#,0"),
                Number(use.Commands, "0.0"),
                Number(use.CommandsOfScripts, "0.0"),
                string.Join(", ", use.Calls.OrderByDescending(static call => call.Value).Select(static call => $"{call.Key} {Number(call.Value, "0.0")}")),
            }),
        ],
        static column => column == 5);

    private static bool IsCalledByScripts(string command) => CalledByScripts.Contains(command, StringComparer.Ordinal);

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
