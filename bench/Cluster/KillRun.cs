using Curlew.Bench.Fanout.Linux;
using Curlew.Bench.Fanout.Load;
using Curlew.Bench.Fanout.Runs;
using Curlew.Bench.Fanout.Servers;

namespace Curlew.Bench.Cluster;

/// <summary>
/// Two processes that are one hub, with clients and publishers on both. In the middle of what flows one is killed: its clients go on at the other with their
/// last ids, its publishers with what was under way. Every client is checked for every event.
/// </summary>
internal static class KillRun
{
    private const int Nodes = 2;
    private const int Publishers = 4;
    private static readonly TimeSpan CatchUp = TimeSpan.FromMinutes(2);

    /// <summary>Starts everything, runs, ends everything.</summary>
    /// <exception cref="RunFailedException">There is no result.</exception>
    public static KillResult Run(Plan plan, TextWriter progress, CancellationToken cancel)
    {
        var peer = new CurlewRedisPeer(Nodes);
        var scenario = new Scenario
        {
            Name = "kill",
            Summary = "",
            Streams = plan.Clients,
            Groups = plan.Topics,
            Rate = plan.Rate,
            Publishers = Publishers,
        };
        using var server = RunningServer.Start(peer, scenario, cancel);
        using var load = new HubLoad(scenario, peer, server, cancel);
        load.OpenStreams();
        var doomed = server.Parts[CurlewRedisPeer.FirstNode];
        var clients = load.Pools[0].Streams.Length;
        progress.WriteLine($"{peer.DescribeVersion()}: {plan.Clients} streams are open, {clients} of them on the process that will be killed.");

        var start = Clock.Now;
        var publishing = load.Publish(plan.Duration);
        // Those who come back do so while events flow, however long that takes.
        load.Publishers.Until = long.MaxValue;
        load.Wait.Sleep(plan.Duration / 2);
        var killed = Clock.Now;
        doomed.Kill();
        progress.WriteLine($"Process {doomed.Id} is killed, after {Clock.ToSeconds(killed - start):0.0} s.");
        load.Wait.For(
            () => load.Pools[0].CaughtUp == clients,
            () => $"Of {clients} clients that lost their server, {load.Pools[0].CaughtUp} caught up within {CatchUp.TotalSeconds} s.",
            patience: CatchUp);
        load.Publishers.Until = Math.Max(Clock.Now, start + Clock.FromSeconds(plan.Duration.TotalSeconds));
        load.Wait.ForEnd(publishing);
        load.Finish();

        OpenStream[] streams = [.. load.Pools.SelectMany(static pool => pool.Streams.ToArray())];
        return new()
        {
            Published = Total(load.Ledger.Published),
            Expected = load.Ledger.Deliveries,
            Received = load.Received,
            Seconds = Clock.ToSeconds(load.Pools.Max(static pool => pool.LastDelivery) - start),
            Clients = clients,
            Reconnects = load.Pools[0].CaughtUp,
            CatchUpSeconds = Clock.ToSeconds(load.Pools[0].LastCaughtUp - killed),
            MovedPublishers = load.Publishers.Moved,
            Ended = load.Pools[^1].Ended + load.Pools[0].Ended - clients,
            Gaps = load.Pools.Sum(static pool => pool.Gaps),
            Lost = streams.Sum(static stream => stream.Check.Lost),
            Repeated = streams.Sum(static stream => stream.Check.Disordered),
            Wrong = streams.Sum(static stream => stream.Check.Foreign) + load.Pools.Sum(static pool => pool.Corrupt),
        };
    }

    private static long Total(ReadOnlySpan<int> published)
    {
        var sum = 0L;
        foreach (var count in published)
            sum += count;
        return sum;
    }
}
