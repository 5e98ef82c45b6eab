using Curlew.Bench.Fanout.Linux;
using Curlew.Bench.Fanout.Runs;
using Curlew.Bench.Fanout.Servers;

namespace Curlew.Bench.Cluster;

/// <summary>One process with its clients, and what Redis has to do for it: at first idle, then while events flow.</summary>
internal static class RedisUseRun
{
    private const int MostTopics = 50;

    /// <summary>Starts everything, watches Redis twice, ends everything.</summary>
    /// <exception cref="RunFailedException">There is no result.</exception>
    public static IReadOnlyList<RedisUse> Run(int clients, double rate, TimeSpan duration, CancellationToken cancel)
    {
        var peer = new CurlewRedisPeer(nodes: 1);
        var scenario = new Scenario { Name = "use", Summary = "", Streams = clients, Groups = Math.Min(clients, MostTopics), Rate = rate };
        using var server = RunningServer.Start(peer, scenario, cancel);
        using var load = new HubLoad(scenario, peer, server, cancel);
        load.OpenStreams();
        using var redis = new RedisConnection(server.Parts[CurlewRedisPeer.Redis].Address);

        var idle = Watch(redis, clients, rate: 0, () => load.Wait.Sleep(duration));
        var publishing = load.Publish(duration);
        var busy = Watch(redis, clients, rate, () => load.Wait.ForEnd(publishing));
        load.Finish();
        return load.Received == load.Ledger.Deliveries ? [idle, busy] : throw new RunFailedException($"Of {load.Ledger.Deliveries} deliveries, {load.Received} came.");
    }

    private static RedisUse Watch(RedisConnection redis, int clients, double rate, Action wait)
    {
        var before = redis.CountCalls();
        var start = Clock.Now;
        wait();
        var connections = redis.CountOthers();
        var seconds = Clock.ToSeconds(Clock.Now - start);
        var after = redis.CountCalls();
        return new(
            clients,
            rate,
            connections,
            after.Select(call => (call.Key, Calls: call.Value - before.GetValueOrDefault(call.Key)))
                .Where(static call => call.Calls > 0)
                .ToDictionary(static call => call.Key, call => call.Calls / seconds, StringComparer.Ordinal));
    }
}
