using System.Net;
using Curlew.Bench.Fanout.Load;
using Curlew.Bench.Fanout.Runs;
using Curlew.Bench.Fanout.Servers;

namespace Curlew.Bench.Cluster;

/// <summary>
/// The clients of a hub on one or several processes, and its publishers. Topics are dealt out so that each has clients on all processes. Where a process may
/// die, the clients and publishers that it has go on at the last one.
/// </summary>
internal sealed class HubLoad : IDisposable
{
    private const int OpeningAtOnce = 256;
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(300);

    private readonly Scenario _scenario;
    private readonly CurlewRedisPeer _peer;
    private readonly StreamPool[] _pools;

    /// <param name="scenario">The load.</param>
    /// <param name="peer">The server.</param>
    /// <param name="server">The server, running.</param>
    /// <param name="cancel">Ends it.</param>
    public HubLoad(Scenario scenario, CurlewRedisPeer peer, RunningServer server, CancellationToken cancel)
    {
        _scenario = scenario;
        _peer = peer;
        Ledger = new(scenario);
        Wait = new(FindFailure, cancel);
        IPEndPoint[] nodes = [.. server.Parts.Skip(CurlewRedisPeer.FirstNode).Select(static node => node.Address)];
        _pools = [.. nodes.Select(node => new StreamPool(node, scenario.Streams, scenario.DataLength, OtherThan(node) is { } other ? new(other, CountPublished) : null))];
        string[] paths = [.. Enumerable.Range(0, scenario.Topics).Select(topic => peer.PublishPath(scenario.Topic(topic)))];
        Publishers = new(
            [.. Enumerable.Range(0, scenario.Publishers).Select(index => new PublishLoop(scenario, index, nodes[index % nodes.Length], paths, Ledger, OtherThan(nodes[index % nodes.Length])))],
            scenario.Rate,
            cancel);

        IPEndPoint? OtherThan(IPEndPoint node) => node.Equals(nodes[^1]) ? null : nodes[^1];
    }

    /// <summary>What has been published.</summary>
    public PublishLedger Ledger { get; }

    public Publishers Publishers { get; }

    /// <summary>The clients, by the process that they began at.</summary>
    public IReadOnlyList<StreamPool> Pools => _pools;

    /// <summary>How it is waited for.</summary>
    public RunWait Wait { get; }

    /// <summary>Measured events that clients have received.</summary>
    public long Received => _pools.Sum(static pool => pool.Received);

    /// <summary>Opens all streams, and returns when each of them has received something.</summary>
    public void OpenStreams()
    {
        for (var i = 0; i < _scenario.Streams; i++)
        {
            var opened = i;
            var check = new SequenceCheck(_scenario.FirstTopicOf(i) * _scenario.Publishers, _scenario.Publishers);
            _pools[i / _scenario.Groups % _pools.Length].Open(_peer.SubscribePath(_scenario.FiltersOf(i)), check, keepsId: true);
            Wait.For(() => opened - Count(static pool => pool.Heads) < OpeningAtOnce, Unanswered);
        }

        Wait.For(() => Count(static pool => pool.Heads) == _scenario.Streams, Unanswered);
        Wait.For(
            () =>
            {
                for (var topic = 0; topic < _scenario.Topics && Count(static pool => pool.Warm) < _scenario.Streams; topic++)
                    Publishers.First.PublishWarmUp(topic);
                return Count(static pool => pool.Warm) == _scenario.Streams;
            },
            () => $"Of {_scenario.Streams} streams, {Count(static pool => pool.Warm)} received anything.",
            pause: Settle);

        string Unanswered() => $"Of {_scenario.Streams} streams, {Count(static pool => pool.Heads)} were answered.";
    }

    /// <summary>Begins to publish at the rate of the scenario.</summary>
    public Task Publish(TimeSpan duration) => Publishers.Start(Phase.Measured, duration, static () => 0);

    /// <summary>Waits until every client has everything, or nothing comes any more, and ends the reading.</summary>
    public void Finish()
    {
        Wait.ForAll(() => Received, () => Ledger.Deliveries);
        foreach (var pool in _pools)
        {
            pool.Stop();
            foreach (var stream in pool.Streams)
                stream.Check.Finish(Ledger.Published);
        }

        Wait.ThrowIfFailed();
    }

    /// <summary>Sums up over all clients.</summary>
    public int Count(Func<StreamPool, int> of) => _pools.Sum(of);

    public void Dispose()
    {
        foreach (var pool in _pools)
            pool.Dispose();
        Publishers.Dispose();
    }

    private long CountPublished(SequenceCheck check)
    {
        var sum = 0L;
        for (var track = check.First; track < check.First + check.Count; track++)
            sum += Ledger.NextNumber(track);
        return sum;
    }

    private string? FindFailure() => _pools.Select(static pool => pool.Failure).FirstOrDefault(static failure => failure is not null) ?? Publishers.Failure;
}
