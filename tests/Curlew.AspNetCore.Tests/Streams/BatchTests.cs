using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;

namespace Curlew.AspNetCore.Tests.Streams;

public sealed class BatchTests
{
    private static readonly TimeSpan Within = TimeSpan.FromMilliseconds(200);

    private readonly ManualTimeProvider _clock = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Batch_AnySchedule_GivesEveryItemOnceInOrderNeitherEarlyNorLate(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < 50; run++)
        {
            var (atMost, ending) = (random.Next(1, 6), random.Next(3));
            var source = new HandFedSource(_clock);
            var batches = source.Batch(atMost, Within, _clock).GetAsyncEnumerator(Deadline.Token);
            var received = 0;
            for (var round = 0; round < 20; round++)
            {
                // While nobody asks.
                for (var step = random.Next(4); step > 0; step--)
                    Act(random, source);
                var move = batches.MoveNextAsync().AsTask();
                while (!await SettlesAsync(move, source, received))
                {
                    if (source.Fed > received)
                        (_clock.GetUtcNow() - source.GivenAt(received)).ShouldBeLessThan(Within, "It waits for others no longer than that.");
                    Act(random, source);
                }

                (await move).ShouldBeTrue();
                batches.Current.ShouldBe(Enumerable.Range(received, batches.Current.Count));
                batches.Current.Count.ShouldBeInRange(1, atMost);
                if (batches.Current.Count < atMost)
                    (_clock.GetUtcNow() - source.GivenAt(received)).ShouldBeGreaterThanOrEqualTo(Within, "It is not full, so it is old.");
                received += batches.Current.Count;
            }

            if (ending == 0)
                source.End();
            else if (ending == 1)
                source.Fail();
            if (ending < 2)
                received += await DrainAsync(batches, received, fails: ending == 1);
            await batches.DisposeAsync();
            (source.Disposals, source.Misuse, _clock.ActiveTimers).ShouldBe((1, null, 0));
            if (ending < 2)
                received.ShouldBe(source.Fed, "Nothing was lost.");
        }
    }

    [Fact]
    public async Task Batch_FullAtOnce_SetsNoTimer()
    {
        var source = new HandFedSource(_clock);
        for (var i = 0; i < 5; i++)
            source.Feed();
        await using var batches = source.Batch(2, Within, _clock).GetAsyncEnumerator(Deadline.Token);
        (await batches.MoveNextAsync()).ShouldBeTrue();
        batches.Current.ShouldBe([0, 1]);
        (await batches.MoveNextAsync()).ShouldBeTrue();
        batches.Current.ShouldBe([2, 3]);
        _clock.ActiveTimers.ShouldBe(0);
    }

    [Fact]
    public async Task Batch_Waiting_SetsOneTimerAndStopsItWhenFull()
    {
        var source = new HandFedSource(_clock);
        await using var batches = source.Batch(2, Within, _clock).GetAsyncEnumerator(Deadline.Token);
        var move = batches.MoveNextAsync().AsTask();
        await SettlesAsync(move, source);
        _clock.ActiveTimers.ShouldBe(0, "The clock starts with the first item.");
        source.Feed();
        await Eventually.UntilAsync(() => _clock.ActiveTimers == 1);
        source.Feed();
        (await move.WaitAsync(Deadline.Token)).ShouldBeTrue();
        _clock.ActiveTimers.ShouldBe(0);
    }

    [Fact]
    public async Task Batch_AnItemReadAheadThatIsOld_IsGivenAtOnceWithWhatIsReady()
    {
        var source = new HandFedSource(_clock);
        await using var batches = source.Batch(10, Within, _clock).GetAsyncEnumerator(Deadline.Token);
        var move = batches.MoveNextAsync().AsTask();
        source.Feed();
        while (!await SettlesAsync(move, source))
            _clock.Advance(Within);
        (await move).ShouldBeTrue();

        for (var i = 0; i < 3; i++)
            source.Feed();
        _clock.Advance(Within);

        var next = batches.MoveNextAsync();
        next.IsCompleted.ShouldBeTrue();
        (await next).ShouldBeTrue();
        batches.Current.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Batch_ASourceThatIsSlowButAlwaysReady_IsReadForNoLongerThanThat()
    {
        var batches = await CollectAsync(SlowAsync().Batch(100, Within, _clock));
        batches.ShouldBe([[0, 1, 2], [3, 4]]);

        async IAsyncEnumerable<int> SlowAsync()
        {
            for (var i = 0; i < 5; i++)
            {
                _clock.Advance(Within / 2);
                yield return i;
            }

            await Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Batch_ASourceThatThrows_GivesWhatWasCollectedFirst()
    {
        var received = new List<int>();
        var error = await Should.ThrowAsync<InvalidOperationException>(async () =>
        {
            await foreach (var batch in ThrowingAsync().Batch(10, Within, _clock))
                received.AddRange(batch);
        });
        error.Message.ShouldBe("It failed.");
        received.ShouldBe([1, 2]);

        static async IAsyncEnumerable<int> ThrowingAsync()
        {
            yield return 1;
            await Task.Yield();
            yield return 2;
            throw new InvalidOperationException("It failed.");
        }
    }

    [Fact]
    public async Task Batch_AnEmptySource_GivesNoBatch() => (await CollectAsync(AsyncEnumerable.Empty<int>().Batch(10, Within, _clock))).ShouldBeEmpty();

    [Fact]
    public async Task Batch_Cancelled_GivesWhatWasCollectedThenEnds()
    {
        using var cancel = new CancellationTokenSource();
        var source = new HandFedSource(_clock);
        await using var batches = source.Batch(10, Within, _clock).GetAsyncEnumerator(cancel.Token);
        var move = batches.MoveNextAsync().AsTask();
        source.Feed();
        await Eventually.UntilAsync(() => _clock.ActiveTimers == 1);

        await cancel.CancelAsync();

        (await move.WaitAsync(Deadline.Token)).ShouldBeTrue();
        batches.Current.ShouldBe([0]);
        await Should.ThrowAsync<OperationCanceledException>(async () => await batches.MoveNextAsync());
        (source.Disposals, source.Misuse).ShouldBe((1, null));
    }

    [Fact]
    public async Task Batch_Cancelled_EndsASourceThatIsAlwaysReady()
    {
        using var cancel = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in AsyncEnumerable.Repeat(1, int.MaxValue).Batch(10, Within, _clock).WithCancellation(cancel.Token))
                await cancel.CancelAsync();
        });
    }

    [Fact]
    public async Task Dispose_AMovePending_CancelsItAndDisposesTheSource()
    {
        var source = new HandFedSource(_clock);
        await LeaveWithAMovePendingAsync(source, Deadline.Token).WaitAsync(Deadline.Token);
        (source.Disposals, source.Misuse, source.IsCancelled, _clock.ActiveTimers).ShouldBe((1, null, true, 0));
    }

    [Fact]
    public async Task Dispose_ASourceThatDoesNotHeedItsToken_WaitsForItsMove()
    {
        var source = new HandFedSource(_clock) { HeedsToken = false };
        var leaving = LeaveWithAMovePendingAsync(source, Deadline.Token);
        await Eventually.UntilAsync(() => source.IsCancelled);
        (leaving.IsCompleted, source.Disposals).ShouldBe((false, 0));
        source.Fail();
        await leaving.WaitAsync(Deadline.Token);
        (source.Disposals, source.Misuse).ShouldBe((1, null));
    }

    [Fact]
    public async Task Dispose_ATokenThatLivesOn_HoldsNothing()
    {
        using var cancel = new CancellationTokenSource();
        var left = await LeaveAsync(cancel.Token);
        await Eventually.UntilAsync(() =>
        {
            GC.Collect();
            return !left.TryGetTarget(out _);
        });

        [MethodImpl(MethodImplOptions.NoInlining)]
        async Task<WeakReference<HandFedSource>> LeaveAsync(CancellationToken cancellationToken)
        {
            var source = new HandFedSource(_clock);
            await LeaveWithAMovePendingAsync(source, cancellationToken);
            return new(source);
        }
    }

    [Fact]
    public void Batch_ArgumentsThatMakeNoSense_AreRefusedAtOnce()
    {
        var source = new HandFedSource(_clock);
        Should.Throw<ArgumentOutOfRangeException>(() => source.Batch(0, Within));
        Should.Throw<ArgumentOutOfRangeException>(() => source.Batch(1, TimeSpan.Zero));
        Should.Throw<ArgumentOutOfRangeException>(() => source.Batch(1, TimeSpan.FromDays(50)));
        Should.Throw<ArgumentNullException>(() => ((IAsyncEnumerable<int>)null!).Batch(1, Within));
    }

    [Fact]
    public Task A_stream_of_batches_sends_each_as_one_event_and_ends_its_source_with_the_client()
    {
        var source = new HandFedSource(TimeProvider.System);
        return new StreamApp
        {
            Map = app => app.MapGet("/", () => TypedResults.EventStream(source.Batch(2, TimeSpan.FromHours(1)))),
        }.RunAsync(async app =>
        {
            using (var stream = await app.OpenAsync("/"))
            {
                for (var i = 0; i < 5; i++)
                    source.Feed();
                (await stream.DataAsync(2)).ShouldBe(["[0,1]", "[2,3]"]);
            }

            await Eventually.UntilAsync(() => source.Disposals == 1);
            source.Misuse.ShouldBeNull();
        });
    }

    private void Act(Random random, HandFedSource source)
    {
        if (random.Next(2) == 0)
            source.Feed();
        else
            _clock.Advance(TimeSpan.FromMilliseconds(random.Next(100)));
    }

    /// <summary>Waits until the batch is given or only waits for its source and the clock; returns whether it is given.</summary>
    private async Task<bool> SettlesAsync(Task move, HandFedSource source, int received = 0)
    {
        var deadline = Deadline.Token;
        while (!move.IsCompleted)
        {
            deadline.ThrowIfCancellationRequested();
            // Where an item was given and waits, the timer says so; its time being up, the batch comes.
            if (source.IsAsked && (source.Fed == received || _clock.ActiveTimers > 0))
                return false;
            await Task.Yield();
        }

        return true;
    }

    private static async Task<int> DrainAsync(IAsyncEnumerator<IReadOnlyList<int>> batches, int received, bool fails)
    {
        var count = 0;
        try
        {
            while (await batches.MoveNextAsync())
            {
                batches.Current.ShouldBe(Enumerable.Range(received + count, batches.Current.Count));
                count += batches.Current.Count;
            }

            fails.ShouldBeFalse();
        }
        catch (InvalidOperationException)
        {
            fails.ShouldBeTrue();
        }

        return count;
    }

    private async Task LeaveWithAMovePendingAsync(HandFedSource source, CancellationToken cancellationToken)
    {
        var batches = source.Batch(10, Within, _clock).GetAsyncEnumerator(cancellationToken);
        var move = batches.MoveNextAsync().AsTask();
        source.Feed();
        while (!await SettlesAsync(move, source))
            _clock.Advance(Within);
        (await move).ShouldBeTrue();
        source.IsAsked.ShouldBeTrue();
        await batches.DisposeAsync();
    }

    private static async Task<List<IReadOnlyList<T>>> CollectAsync<T>(IAsyncEnumerable<IReadOnlyList<T>> batches) => await batches.ToListAsync(Deadline.Token);
}
