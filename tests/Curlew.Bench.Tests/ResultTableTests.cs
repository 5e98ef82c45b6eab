using Curlew.Bench.Fanout.Reports;
using Curlew.Bench.Fanout.Runs;
using Curlew.Bench.Fanout.Servers;

namespace Curlew.Bench.Tests;

public sealed class ResultTableTests
{
    private static readonly Scenario Paced = Scenarios.All(streams: 10, rate: 50)[0];
    private static readonly Sample Measured = new()
    {
        Deliveries = 1_000,
        DeliveriesPerSecond = 500,
        ServerMicroseconds = 12,
        GeneratorMicroseconds = 1,
        MedianMilliseconds = 1,
        P99Milliseconds = 2,
        MaxMilliseconds = 3,
        BytesPerDelivery = 220,
        ResidentMegabytes = 50,
        SocketMegabytes = 1,
        Lost = 0,
        Disordered = 0,
        Wrong = 0,
        Ended = 0,
    };

    /// <summary>The rows of a table in Markdown, without its head, each as its cells.</summary>
    internal static IEnumerable<string[]> RowsOf(string text) =>
        text.Split('\n')
            .Where(static line => line.StartsWith('|') && !line.StartsWith("| -", StringComparison.Ordinal) && !line.StartsWith("| scenario", StringComparison.Ordinal))
            .Select(static line => Array.ConvertAll(line.Trim().Trim('|').Split('|'), static cell => cell.Trim()));

    [Fact]
    public void Write_SeveralRounds_GivesMediansBoundsAndRatios()
    {
        var comparison = Create("curlew", "nchan-2", "floor");
        Add(comparison, "curlew", Measured with { ServerMicroseconds = 9 }, Measured with { ServerMicroseconds = 12 }, Measured with { ServerMicroseconds = 10 });
        Add(comparison, "nchan-2", Measured with { ServerMicroseconds = 20 });
        Add(comparison, "floor", Measured with { ServerMicroseconds = 8 });

        var row = RowsOf(ResultTable.Write(comparison)).Single(static row => row[1] == "curlew");

        row[4..7].ShouldBe(["10.0 (9.0–12.0)", "0.50", "1.25"]);
        row[^1].ShouldBe("complete");
        comparison.IsComplete.ShouldBeTrue();
    }

    [Fact]
    public void Write_ARoundThatLostEvents_SaysSo()
    {
        var comparison = Create("curlew");
        Add(comparison, "curlew", Measured, Measured with { Lost = 3, Disordered = 1, Wrong = 2 });

        RowsOf(ResultTable.Write(comparison)).Single()[^1].ShouldBe("3 lost, 1 out of order, 2 wrong");
        comparison.IsComplete.ShouldBeFalse();
    }

    [Fact]
    public void Write_ARoundThatFailed_SaysWhy()
    {
        var comparison = Create("curlew");
        Add(comparison, "curlew", Measured);
        comparison.FindOrAdd(Paced, comparison.Peers[0]).Failures.Add("The server ended.");

        RowsOf(ResultTable.Write(comparison)).Single()[^1].ShouldBe("failed 1×: The server ended.");
        comparison.IsComplete.ShouldBeFalse();
    }

    [Fact]
    public void Write_ARoundThatWasStopped_IsNotComplete()
    {
        var comparison = Create("curlew");
        Add(comparison, "curlew");

        RowsOf(ResultTable.Write(comparison)).Single()[^1].ShouldBe("not run");
    }

    private static Comparison Create(params string[] peers) => new()
    {
        Scenarios = [Paced],
        Peers = [.. Peers.All.Where(peer => peers.Contains(peer.Name, StringComparer.Ordinal))],
        Settings = new() { Measure = TimeSpan.FromSeconds(1), WarmUp = TimeSpan.Zero, Settle = TimeSpan.Zero, Idle = TimeSpan.Zero },
        Rounds = 1,
        Progress = TextWriter.Null,
    };

    private static void Add(Comparison comparison, string peer, params Sample[] samples) =>
        comparison.FindOrAdd(Paced, comparison.Peers.Single(other => other.Name == peer)).Samples.AddRange(samples);
}
