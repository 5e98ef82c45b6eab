using System.Globalization;
using System.Text;
using Curlew.Bench.Fanout.Runs;
using Curlew.Bench.Fanout.Servers;

namespace Curlew.Bench.Fanout.Reports;

/// <summary>The files that a comparison leaves: <c>RESULTS.md</c>, and the plots that it shows.</summary>
internal sealed class Report
{
    private const string PlotDirectory = "plots";

    /// <summary>The scenarios.</summary>
    public required Comparison Comparison { get; init; }

    /// <summary>The runs against the number of streams; null if there are none.</summary>
    public required Comparison? Sweep { get; init; }

    /// <summary>Servers that were asked for and are missing, and why.</summary>
    public required IReadOnlyList<(Peer Peer, string Reason)> Missing { get; init; }

    /// <summary>The command that made it.</summary>
    public required string Command { get; init; }

    /// <summary>The table, and the servers that are not in it.</summary>
    public string WriteTable() => ResultTable.Write(Comparison) + DescribeMissing();

    /// <summary>Writes the files into a directory.</summary>
    public void Save(string directory)
    {
        var plots = Path.Combine(directory, PlotDirectory);
        Directory.CreateDirectory(plots);
        foreach (var old in Directory.EnumerateFiles(plots, "*.svg"))
            File.Delete(old);
        var drawn = Plots().ToList();
        foreach (var (name, _, svg) in drawn)
            File.WriteAllText(Path.Combine(plots, name + ".svg"), svg);
        File.WriteAllText(Path.Combine(directory, "RESULTS.md"), WriteDocument(drawn.Select(static plot => (plot.Name, plot.Title))));
    }

    private string WriteDocument(IEnumerable<(string Name, string Title)> plots)
    {
        var rounds = Comparison.Rounds == 1 ? "One round" : string.Create(CultureInfo.InvariantCulture, $"Medians of {Comparison.Rounds} interleaved rounds, in parentheses the least and the most");
        var text = new StringBuilder($"""
            # Fan-out: results

            Written by `{Command}`. What the columns mean is in [README.md](README.md#how-to-read-it). {rounds}; {Comparison.Settings.Measure.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s each.

            | | |
            | --- | --- |

            """);
        foreach (var (name, value) in Machine.Describe().Concat(Comparison.Peers.Select(static peer => (peer.Name, peer.DescribeVersion()))))
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {value} |\n");
        text.Append('\n').Append(WriteTable()).Append('\n');
        foreach (var scenario in Comparison.Scenarios)
            text.Append(CultureInfo.InvariantCulture, $"- {scenario.Name}: {scenario.Summary}.\n");
        if (Sweep is not null)
            text.Append("\n## Against the number of streams\n\nSaturated: the most deliveries a second. Paced: CPU per delivery at the same deliveries a second, whatever the number of streams.\n\n").Append(ResultTable.Write(Sweep));
        foreach (var (name, title) in plots)
            text.Append(CultureInfo.InvariantCulture, $"\n![{title}]({PlotDirectory}/{name}.svg)\n");
        return text.ToString();
    }

    private string DescribeMissing() => string.Concat(Missing.Select(static missing => $"\n{missing.Peer.Name} is not in the table: {missing.Reason}.\n"));

    private IEnumerable<(string Name, string Title, string Svg)> Plots()
    {
        foreach (var scenario in Comparison.Scenarios)
        {
            var title = scenario.Rate is null ? $"{scenario.Name}: deliveries a second" : $"{scenario.Name}: CPU per delivery, µs";
            List<(string, Spread)> bars = [];
            foreach (var peer in Comparison.Peers)
            {
                if (SpreadOf(Comparison, scenario, peer, scenario.Rate is null ? DeliveriesPerSecond : Microseconds) is { } spread)
                    bars.Add((peer.Name, spread));
            }

            if (bars.Count > 0)
                yield return (scenario.Name, title, SvgPlot.Bars(title, bars));
        }

        if (Sweep is null)
            yield break;
        yield return ("sweep-deliveries", "deliveries a second", SvgPlot.Lines("Deliveries a second, against the number of streams", LinesOf(Sweep, isSaturated: true)));
        yield return ("sweep-cpu", "CPU per delivery", SvgPlot.Lines("CPU per delivery, µs, against the number of streams", LinesOf(Sweep, isSaturated: false)));
    }

    private static List<(string Name, IReadOnlyList<(double X, double Y)> Points)> LinesOf(Comparison sweep, bool isSaturated) =>
        [.. sweep.Peers.Select(peer => (
            peer.Name,
            (IReadOnlyList<(double, double)>)[.. sweep.Scenarios
                .Where(scenario => scenario.Rate is null == isSaturated)
                .Select(scenario => (scenario, Spread: SpreadOf(sweep, scenario, peer, isSaturated ? DeliveriesPerSecond : Microseconds)))
                .Where(static point => point.Spread is not null)
                .Select(static point => ((double)point.scenario.Streams, point.Spread!.Value.Median))]))];

    private static double DeliveriesPerSecond(Sample sample) => sample.DeliveriesPerSecond;

    private static double Microseconds(Sample sample) => sample.ServerMicroseconds;

    private static Spread? SpreadOf(Comparison comparison, Scenario scenario, Peer peer, Func<Sample, double> value) =>
        comparison.Find(scenario, peer) is { Samples: { Count: > 0 } samples } ? Spread.Of(samples.Select(value)) : null;
}
