using System.Globalization;
using Curlew.Bench.Fanout.Runs;
using Curlew.Bench.Fanout.Servers;

namespace Curlew.Bench.Fanout.Reports;

/// <summary>The one table: a row for each scenario and server; medians of the rounds, in parentheses the least and the most.</summary>
internal static class ResultTable
{
    private const string NotApplicable = "n/a";
    private const int TextColumns = 2;
    private const string Nothing = "";

    private static readonly Column[] Columns =
    [
        new("deliveries/s", static row => Ranged(row, static sample => sample.DeliveriesPerSecond, "#,0")),
        new($"× {Peers.Rival}", static row => Ratio(row, Peers.Rival, static sample => sample.DeliveriesPerSecond)),
        new("CPU µs/delivery", static row => Ranged(row, static sample => sample.ServerMicroseconds, "0.0")),
        new("of it Redis", static row => Middle(row, static sample => sample.StoreMicroseconds, "0.0")),
        new($"× {Peers.Rival}", static row => Ratio(row, Peers.Rival, static sample => sample.ServerMicroseconds)),
        new($"× {Peers.Floor}", static row => Ratio(row, Peers.Floor, static sample => sample.ServerMicroseconds)),
        new("p50 ms", static row => Middle(row, static sample => sample.MedianMilliseconds, "0.0")),
        new("p99 ms", static row => Ranged(row, static sample => sample.P99Milliseconds, "0.0")),
        new("max ms", static row => Middle(row, static sample => sample.MaxMilliseconds, "0.0")),
        new("bytes", static row => Middle(row, static sample => sample.BytesPerDelivery, "#,0")),
        new("KiB/idle stream", static row => Ranged(row, static sample => sample.IdleKilobytes, "0.0")),
        new("caught up s", static row => Ranged(row, static sample => sample.CatchUpSeconds, "0.00")),
        new("RSS MiB", static row => Middle(row, static sample => sample.ResidentMegabytes, "#,0")),
        new("sockets MiB", static row => Middle(row, static sample => sample.SocketMegabytes, "#,0")),
        new("load µs", static row => Middle(row, static sample => sample.GeneratorMicroseconds, "0.0")),
        new("result", Verdict),
    ];

    /// <summary>Writes the table, in Markdown that is also easy to read as it is.</summary>
    public static string Write(Comparison comparison)
    {
        Row[] rows = [.. from scenario in comparison.Scenarios from peer in comparison.Peers where peer.Supports(scenario) select new Row(comparison, scenario, peer)];
        // A column that says nothing is left out.
        Column[] columns = [.. Columns.Where(column => Array.Exists(rows, row => column.Text(row).Length > 0))];
        List<string[]> lines = [["scenario", "server", .. columns.Select(static column => column.Title)]];
        foreach (var scenario in comparison.Scenarios)
        {
            foreach (var row in rows.Where(row => row.Scenario == scenario))
                lines.Add([scenario.Name, row.Peer.Name, .. columns.Select(column => column.Text(row))]);
            foreach (var peer in comparison.Peers.Where(peer => !peer.Supports(scenario)))
                lines.Add([scenario.Name, peer.Name, .. columns.Select(static column => column.Text == Verdict ? NotApplicable : Nothing)]);
        }

        var last = lines[0].Length - 1;
        return MarkdownTable.Write(lines, column => column < TextColumns || column == last);
    }

    private static string Verdict(Row row)
    {
        var cell = row.Comparison.Find(row.Scenario, row.Peer);
        if (cell is null or { Samples.Count: 0, Failures.Count: 0 })
            return "not run";
        List<string> faults = [];
        if (cell.Failures.Count > 0)
            faults.Add($"failed {cell.Failures.Count}×: {cell.Failures[0].Replace('|', '/')}");
        Add(cell.Samples.Sum(static sample => sample.Lost), "lost");
        Add(cell.Samples.Sum(static sample => sample.Disordered), "out of order");
        Add(cell.Samples.Sum(static sample => sample.Wrong), "wrong");
        Add(cell.Samples.Sum(static sample => sample.Ended), "streams ended");
        return faults.Count == 0 ? "complete" : string.Join(", ", faults);

        void Add(long count, string what)
        {
            if (count > 0)
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"{count:#,0} {what}"));
        }
    }

    private static string Ranged(Row row, Func<Sample, double?> value, string format) =>
        SpreadOf(row.Samples, value) is not { } spread ? Nothing
        : row.Samples.Count == 1 ? Format(spread.Median, format)
        : $"{Format(spread.Median, format)} ({Format(spread.Min, format)}–{Format(spread.Max, format)})";

    private static string Middle(Row row, Func<Sample, double?> value, string format) =>
        SpreadOf(row.Samples, value) is { } spread ? Format(spread.Median, format) : Nothing;

    private static string Ratio(Row row, string peer, Func<Sample, double?> value) =>
        row.Comparison.Peers.FirstOrDefault(other => other.Name == peer) is { } other
        && SpreadOf(row.Comparison.Find(row.Scenario, other)?.Samples ?? [], value) is { Median: > 0 } to
        && SpreadOf(row.Samples, value) is { } spread
            ? Format(spread.Median / to.Median, "0.00")
            : Nothing;

    private static Spread? SpreadOf(List<Sample> samples, Func<Sample, double?> value)
    {
        double[] values = [.. samples.Select(value).OfType<double>()];
        return values.Length == 0 ? null : Spread.Of(values);
    }

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private sealed record Column(string Title, Func<Row, string> Text);

    private sealed record Row(Comparison Comparison, Scenario Scenario, Peer Peer)
    {
        public List<Sample> Samples => Comparison.Find(Scenario, Peer)?.Samples ?? [];
    }
}
