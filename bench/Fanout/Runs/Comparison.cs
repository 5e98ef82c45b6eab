using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Curlew.Bench.Fanout.Servers;

namespace Curlew.Bench.Fanout.Runs;

/// <summary>
/// Every server with every scenario, round by round. Within a round the servers take turns at each scenario, and each round begins with another of them, so
/// that what the machine does meanwhile falls on all of them.
/// </summary>
internal sealed class Comparison
{
    private readonly Dictionary<(string Scenario, string Peer), Cell> _cells = [];

    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    public required IReadOnlyList<Peer> Peers { get; init; }

    public required RunSettings Settings { get; init; }

    public required int Rounds { get; init; }

    /// <summary>Where progress is told.</summary>
    public required TextWriter Progress { get; init; }

    /// <summary>What a server gave in a scenario; null if it cannot do it, or no round has got there.</summary>
    public Cell? Find(Scenario scenario, Peer peer) => _cells.GetValueOrDefault((scenario.Name, peer.Name));

    /// <summary>Where the rounds of a server in a scenario go.</summary>
    public Cell FindOrAdd(Scenario scenario, Peer peer)
    {
        if (!_cells.TryGetValue((scenario.Name, peer.Name), out var cell))
            _cells[(scenario.Name, peer.Name)] = cell = new();
        return cell;
    }

    /// <summary>Whether every run so far gave figures, and every stream got everything.</summary>
    public bool IsComplete => _cells.Values.All(static cell => cell.Failures.Count == 0 && cell.Samples.TrueForAll(static sample => sample.IsComplete));

    /// <summary>Runs all rounds.</summary>
    /// <param name="roundEnded">Called after each.</param>
    /// <param name="cancel">Ends it; what has been measured stays.</param>
    public void Run(Action roundEnded, CancellationToken cancel)
    {
        var runs = (
            from round in Enumerable.Range(0, Rounds)
            from scenario in Scenarios
            from peer in Peers.Skip(round % Peers.Count).Concat(Peers.Take(round % Peers.Count))
            where peer.Supports(scenario)
            select (Round: round, Scenario: scenario, Peer: peer)).ToList();
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < runs.Count; i++)
        {
            var (round, scenario, peer) = runs[i];
            var left = i == 0 ? "" : $", {Describe(watch.Elapsed / i * (runs.Count - i))} left";
            Progress.Write($"[{i + 1}/{runs.Count}{left}] round {round + 1}, {scenario.Name}, {peer.Name}: ");
            Progress.Flush();
            RunOne(scenario, peer, cancel);
            if (i + 1 == runs.Count || runs[i + 1].Round != round)
                roundEnded();
        }
    }

    private void RunOne(Scenario scenario, Peer peer, CancellationToken cancel)
    {
        var cell = FindOrAdd(scenario, peer);
        try
        {
            var sample = LoadRun.Run(scenario, peer, Settings, cancel);
            cell.Samples.Add(sample);
            Progress.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{sample.DeliveriesPerSecond:#,0} deliveries/s, {sample.ServerMicroseconds:0.0} µs of CPU each, p99 {sample.P99Milliseconds:0.0} ms{(sample.IsComplete ? "" : ", INCOMPLETE")}"));
        }
        catch (Exception e) when (e is RunFailedException or IOException or Win32Exception or InvalidOperationException)
        {
            cell.Failures.Add(e.Message);
            Progress.WriteLine($"FAILED: {e.Message}");
        }
    }

    private static string Describe(TimeSpan time) =>
        time.TotalMinutes >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalMinutes):0} min") : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds):0} s");
}
