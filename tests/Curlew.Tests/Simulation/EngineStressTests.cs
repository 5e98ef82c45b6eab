using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Curlew.Tests.Simulation;

/// <summary>A started hub under real threads: what the schedules cannot interleave, within a lock and between processors.</summary>
public sealed class EngineStressTests
{
    private const int Seed = 20260131;
    private const int Publishers = 4;
    private const int BatchesEach = 2000;
    private const int Readers = 50;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task PublishersAtFullSpeed_EveryReaderReceivesEverythingOnceAndInOrder()
    {
        using var host = CreateHost();
        await host.StartAsync();
        var hub = host.Services.GetRequiredService<HubRegistry>().Hub("");
        using var stop = new CancellationTokenSource(Deadline);

        var readers = Enumerable.Range(0, Readers).Select(i => new StressReader(hub, new Random(Seed + i))).ToArray();
        var reading = readers.Select(reader => Task.Run(() => reader.RunAsync(stop.Token))).ToArray();
        using var ticking = new CancellationTokenSource();
        var ticks = Task.Run(() => TickAsync(hub, readers, ticking.Token));
        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(i => Task.Run(() => PublishAsync(hub, new Random(Seed * (i + 1))))));
        var last = await hub.Log.AppendAsync([NewEvent.FromText(["a", "a/b", "c"], "the end", StressReader.EndType)], null, default);
        await Task.WhenAll(reading);
        await ticking.CancelAsync();
        await ticks;

        var all = (await hub.Log.ReadAsync(EventId.Zero, int.MaxValue, default)).Frames;
        all[^1].Id.ShouldBe(last);
        foreach (var reader in readers)
            reader.CheckReceived(all);
        readers.Sum(static reader => reader.Reconnects).ShouldBeGreaterThan(Readers);
        hub.SubscriptionCount.ShouldBe(0);
        hub.Router.Count.ShouldBe(0);
        await host.StopAsync();
    }

    private static IHost CreateHost()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddLogging().AddMetrics().AddCurlewCore(static options =>
        {
            // Small queues: every reader overflows again and again.
            options.QueueBytes = 2000;
            options.MaxUnroutedEvents = 2000;
            options.AppendTimeout = Deadline;
        });
        return builder.Build();
    }

    private static async Task PublishAsync(Hub hub, Random random)
    {
        for (var i = 0; i < BatchesEach; i++)
        {
            var batch = new NewEvent[random.Next(1, 8)];
            for (var j = 0; j < batch.Length; j++)
                batch[j] = NewEvent.FromText(random.GetItems(Wish.Topics[..8], random.Next(1, 3)), new string('x', random.Next(100)), Wish.Types[random.Next(Wish.Types.Length)]);
            await hub.Log.AppendAsync(batch, null, default);
            if (random.Next(20) == 0)
                await Task.Yield();
        }
    }

    private static async Task TickAsync(Hub hub, StressReader[] readers, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            foreach (var reader in readers)
                reader.Current?.RequestKeepAlive();
            await hub.TrimAsync(default);
            await Task.Yield();
        }
    }

    /// <summary>A client that reconnects again and again with its last id, and a connection that reads when it is woken.</summary>
    private sealed class StressReader(Hub hub, Random random) : ISubscriber
    {
        public const string EndType = "end";

        private static readonly string[][] Filters = [["a"], ["a/*", "c"], ["**"], ["a/**", "a"], ["*/b", "c"], ["c", "a"]];

        private readonly Wish _wish = new(Filters[random.Next(Filters.Length)], null);
        private readonly SlowConsumerPolicy _policy = (SlowConsumerPolicy)random.Next(2);
        private readonly List<EventId> _received = [];
        private readonly SemaphoreSlim _woken = new(0);
        private EventId _last;
        private bool _hasEnded;

        public int Reconnects { get; private set; }

        public Subscription? Current { get; private set; }

        public void Wake() => _woken.Release();

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            while (!_hasEnded)
            {
                var start = Reconnects++ == 0 ? StartPosition.Earliest : StartPosition.After(_last.ToString());
                Current = await hub.SubscribeAsync(_wish.ToInterest(), start, _policy, this, cancellationToken);
                _last = Current.JoinedAt.ShouldNotBeNull();
                await ReadAsync(Current, cancellationToken);
                hub.Leave(Current);
            }
        }

        public void CheckReceived(IReadOnlyList<Frame> all) =>
            _received.SequenceEqual(all.Where(_wish.ToInterest().Matches).Select(static frame => frame.Id)).ShouldBeTrue($"{_wish}, {_policy}: {_received.Count} received");

        private async Task ReadAsync(Subscription subscription, CancellationToken cancellationToken)
        {
            var batch = new FrameBatch();
            for (var reads = random.Next(1, 300); reads > 0 && !_hasEnded; reads--)
            {
                var status = subscription.Read(batch);
                if (status == ReadStatus.BelowWindow)
                    status = await subscription.ReadLogAsync(batch, cancellationToken);
                var hasRead = batch.Count > 0;
                if (!Accept(batch))
                    return;
                if (!hasRead && status == ReadStatus.Idle && subscription.TryTakeKeepAlive(out var position))
                {
                    // Often cut right there: whatever the position stands for must have been sent.
                    _last = position;
                    if (random.Next(2) == 0)
                        return;
                }

                if (status == ReadStatus.Ended)
                    return;
                if (random.Next(10) == 0)
                    await Task.Yield();
                // A lost wake-up ends here, at the deadline of the test.
                if (status == ReadStatus.Idle && !_hasEnded)
                    await _woken.WaitAsync(cancellationToken);
            }
        }

        private bool Accept(FrameBatch batch)
        {
            // A client may be cut in the middle of what was sent to it.
            var arrived = random.Next(50) == 0 ? random.Next(batch.Count + 1) : batch.Count;
            foreach (var frame in batch.Frames[..arrived])
            {
                (frame.Type == NewEvent.GapType).ShouldBeFalse("everything is retained");
                _received.Add(frame.Id);
                _last = frame.Id;
                _hasEnded |= frame.Type == EndType;
            }

            var isCut = arrived < batch.Count;
            batch.Clear();
            return !isCut;
        }
    }
}
