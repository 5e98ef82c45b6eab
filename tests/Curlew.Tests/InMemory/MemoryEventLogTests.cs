using System.Globalization;

namespace Curlew.Tests.InMemory;

public sealed class MemoryEventLogTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly HubOptions _options = new();
    private EventId _routed;

    private ulong Now => (ulong)_time.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public async Task AppendAsync_TheClockStandsStill_CountsOnWithinTheMillisecond()
    {
        var log = Open();

        var first = await AppendAsync(log, "1");
        await log.AppendAsync([TestHubs.Event("a"), TestHubs.Event("a")], null, default);
        var last = await AppendAsync(log, "4");

        first.ShouldBe(new EventId(Now, 1), "the position at which the log began is no event's");
        last.ShouldBe(new EventId(Now, 4));
        await ShouldGrowStrictlyAsync(log, 4);
    }

    [Fact]
    public async Task AppendAsync_TheClockGoesBack_GoesOnAboveTheNewestId()
    {
        var log = Open();
        _time.Advance(TimeSpan.FromSeconds(1));
        var before = await AppendAsync(log);

        _time.SetUtcNow(_time.GetUtcNow().AddHours(-1));
        var after = await AppendAsync(log);
        _time.Advance(TimeSpan.FromHours(2));
        var later = await AppendAsync(log);

        after.ShouldBe(before.Next);
        later.ShouldBe(new EventId(Now, 0));
        await ShouldGrowStrictlyAsync(log, 3);
    }

    [Fact]
    public async Task AppendAsync_EightPublishersAtOnce_KeepsEachBatchTogetherAndInOrder()
    {
        var log = Open();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(publisher => Task.Run(async () =>
        {
            for (var batch = 0; batch < 50; batch++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{publisher}/{batch}");
                var last = await log.AppendAsync([.. Enumerable.Range(0, 5).Select(part => TestHubs.Event("a", $"{name}/{part}"))], null, default);
                var page = await log.ReadBackAsync(last.Next, 5, default);
                page.Frames.Select(static frame => ParsedFrame.Of(frame).Data).ShouldBe(Enumerable.Range(0, 5).Select(part => $"{name}/{part}"));
            }
        })));

        var frames = await ShouldGrowStrictlyAsync(log, 8 * 50 * 5);
        foreach (var batch in frames.Select(static frame => ParsedFrame.Of(frame).Data).Chunk(5))
            batch.ShouldBe(Enumerable.Range(0, 5).Select(part => batch[0][..^1] + part));
    }

    [Fact]
    public async Task AppendAsync_ARepeatedKey_ReturnsTheFirstIdAndAppendsNothing()
    {
        var log = Open();

        var first = await log.AppendAsync([TestHubs.Event("a"), TestHubs.Event("a")], "k", default);
        await AppendAsync(log);

        (await AppendAsync(log, key: "k")).ShouldBe(first);
        (await AppendAsync(log, key: "K")).ShouldBeGreaterThan(first);
        (await ReadAllAsync(log)).Count.ShouldBe(4);
    }

    [Fact]
    public async Task AppendAsync_OneKeyFromManyAtOnce_AppendsOnce()
    {
        var log = Open();

        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => AppendAsync(log, key: "k"))));

        ids.Distinct().ShouldHaveSingleItem().ShouldBe((await ReadAllAsync(log)).ShouldHaveSingleItem().Id);
    }

    [Fact]
    public async Task AppendAsync_AKeyAfterItsLifetime_AppendsAnew()
    {
        _options.IdempotencyLifetime = TimeSpan.FromMinutes(1);
        var log = Open();
        var first = await AppendAsync(log, key: "k");

        _time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromMilliseconds(1));
        (await AppendAsync(log, key: "k")).ShouldBe(first);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        var second = await AppendAsync(log, key: "k");
        second.ShouldBeGreaterThan(first);
        (await AppendAsync(log, key: "k")).ShouldBe(second);
    }

    [Fact]
    public async Task AppendAsync_MoreKeysThanAreRemembered_ForgetsTheOldest()
    {
        _options.MaxIdempotencyKeys = 2;
        var log = Open();
        var first = await AppendAsync(log, key: "k1");
        var second = await AppendAsync(log, key: "k2");
        var third = await AppendAsync(log, key: "k3");

        (await AppendAsync(log, key: "k2")).ShouldBe(second);
        (await AppendAsync(log, key: "k3")).ShouldBe(third);
        (await AppendAsync(log, key: "k1")).ShouldNotBe(first);
    }

    [Fact]
    public async Task TryTail_MoreThanTheRetentionInEvents_KeepsTheNewest()
    {
        _options.Retention.MaxEvents = 3;
        var log = Open();
        var ids = await AppendAsync(log, 5);

        RouteAll(log);

        (await ReadAllAsync(log)).Select(static frame => frame.Id).ShouldBe(ids[2..]);
        (await log.GetBoundsAsync(default)).ShouldSatisfyAllConditions(
            bounds => bounds.TrimmedThrough.ShouldBe(ids[1]),
            bounds => bounds.Oldest.ShouldBe(ids[2]),
            bounds => bounds.Newest.ShouldBe(ids[4]));
        (await log.ContainsAsync(ids[1], default)).ShouldBeFalse();
        (await log.ContainsAsync(ids[2], default)).ShouldBeTrue();
        (await log.ContainsAsync(ids[4].Next, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task TryTail_MoreThanTheRetentionInBytes_KeepsTheNewest()
    {
        var log = Open();
        var ids = await AppendAsync(log, 5);
        _options.Retention.MaxBytes = (2 * (await ReadAllAsync(log))[0].Cost) + 1;

        RouteAll(log);

        (await ReadAllAsync(log)).Select(static frame => frame.Id).ShouldBe(ids[3..]);
    }

    [Fact]
    public async Task TrimAsync_EventsAboveTheRetentionInAge_AreRemoved()
    {
        _options.Retention.MaxAge = TimeSpan.FromSeconds(10);
        var log = Open();
        var old = await AppendAsync(log);
        _time.Advance(TimeSpan.FromSeconds(5));
        var young = await AppendAsync(log);
        RouteAll(log);

        _time.Advance(TimeSpan.FromSeconds(5));
        (await log.TrimAsync(default)).Oldest.ShouldBe(old, "an event is kept as long as it is no older than the limit");
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (await log.TrimAsync(default)).Oldest.ShouldBe(young);

        _time.Advance(TimeSpan.FromSeconds(10));
        var bounds = await log.TrimAsync(default);
        (bounds.Oldest, bounds.TrimmedThrough, bounds.Newest).ShouldBe((null, young, young));
    }

    [Fact]
    public async Task TrimAsync_WhatHasNotBeenRouted_IsNeverRemoved()
    {
        _options.Retention.MaxEvents = 1;
        _options.Retention.MaxBytes = 1;
        _options.Retention.MaxAge = TimeSpan.FromSeconds(1);
        var log = Open();
        var ids = await AppendAsync(log, 5);
        _time.Advance(TimeSpan.FromHours(1));

        (await log.TrimAsync(default)).Oldest.ShouldBe(ids[0]);
        log.TryTail(ref _routed, out var page).ShouldBeTrue();
        page.Frames.Select(static frame => frame.Id).ShouldBe(ids);
        (await log.TrimAsync(default)).Oldest.ShouldBe(ids[0], "a page that was given has not been routed yet");

        RouteAll(log);
        (await log.TrimAsync(default)).Oldest.ShouldBeNull();
    }

    [Fact]
    public async Task AppendAsync_TooManyUnrouted_WaitsUntilTheTailHasRouted()
    {
        _options.MaxUnroutedEvents = 2;
        var log = Open();
        await AppendAsync(log, 2);

        var third = AppendAsync(log, "3");
        third.IsCompleted.ShouldBeFalse();
        log.TryTail(ref _routed, out _).ShouldBeTrue();
        (await ReadAllAsync(log)).Count.ShouldBe(2, "the page has been given, not routed");
        RouteAll(log);

        (await third).ShouldBe((await ReadAllAsync(log))[2].Id);
        await Eventually.UntilAsync(() => _time.ActiveTimers == 0, because: "who waits no more leaves no timer");
    }

    [Fact]
    public async Task AppendAsync_TheTailDoesNotCatchUp_FailsAfterTheTimeout()
    {
        _options.MaxUnroutedEvents = 1;
        _options.AppendTimeout = TimeSpan.FromSeconds(3);
        var log = Open();
        await AppendAsync(log);

        var second = AppendAsync(log);
        _time.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromMilliseconds(1));
        _time.ActiveTimers.ShouldBe(1);
        second.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));

        (await Should.ThrowAsync<EventLogUnavailableException>(second)).Message.ShouldBe("The hub did not catch up with its events within 3 s.");
        RouteAll(log);
        (await ReadAllAsync(log)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task AppendAsync_RoomForOneOfTwoThatWait_LetsTheOtherWaitOnWithinItsTime()
    {
        _options.MaxUnroutedEvents = 1;
        var log = Open();
        await AppendAsync(log);
        Task<EventId>[] waiting = [AppendAsync(log), AppendAsync(log)];
        _time.Advance(TimeSpan.FromSeconds(4));

        RouteAll(log);
        await Task.WhenAny(waiting);
        await Eventually.UntilAsync(() => _time.ActiveTimers == 1);
        waiting.Count(static append => append.IsCompleted).ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(1));

        await Should.ThrowAsync<EventLogUnavailableException>(Task.WhenAll(waiting));
        (await ReadAllAsync(log)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task AppendAsync_ARememberedKeyWhileOthersWait_AnswersAtOnce()
    {
        _options.MaxUnroutedEvents = 1;
        var log = Open();
        var first = await AppendAsync(log, key: "k");

        var again = AppendAsync(log, key: "k");

        again.IsCompleted.ShouldBeTrue();
        (await again).ShouldBe(first);
    }

    [Fact]
    public async Task AppendAsync_CancelledWhileWaiting_AppendsNothing()
    {
        _options.MaxUnroutedEvents = 1;
        var log = Open();
        await AppendAsync(log);
        using var cancellation = new CancellationTokenSource();

        var second = AppendAsync(log, cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(second);
        RouteAll(log);
        (await ReadAllAsync(log)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task AppendAsync_AThousandWait_RefusesMoreUntilSomeGiveUp()
    {
        _options.MaxUnroutedEvents = 1;
        var log = Open();
        await AppendAsync(log);
        using var cancellation = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 1024).Select(_ => AppendAsync(log, cancellationToken: cancellation.Token)).ToArray();

        (await Should.ThrowAsync<EventLogUnavailableException>(AppendAsync(log))).Message.ShouldBe("More than 1024 publishers wait for the hub to catch up.");
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(Task.WhenAll(waiting));

        var next = AppendAsync(log);
        next.IsCompleted.ShouldBeFalse();
        RouteAll(log);
        await next;
    }

    [Fact]
    public async Task TailAsync_NothingYet_WaitsForTheNextAppend()
    {
        var log = Open();
        using var cancellation = new CancellationTokenSource();
        await using var tail = log.TailAsync(EventId.Zero, cancellation.Token).GetAsyncEnumerator(cancellation.Token);

        var next = tail.MoveNextAsync().AsTask();
        next.IsCompleted.ShouldBeFalse();
        var id = await AppendAsync(log);

        (await next).ShouldBeTrue();
        tail.Current.Frames.ShouldHaveSingleItem().Id.ShouldBe(id);
        next = tail.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(next);
    }

    [Fact]
    public async Task ReadAsync_FromAPosition_GivesTheNextInOrder()
    {
        var log = Open();
        var ids = await AppendAsync(log, 5);

        (await log.ReadAsync(ids[1], 2, default)).Frames.Select(static frame => frame.Id).ShouldBe(ids[2..4]);
        (await log.ReadAsync(ids[4], 2, default)).Frames.ShouldBeEmpty();
        (await log.ReadBackAsync(ids[3], 2, default)).Frames.Select(static frame => frame.Id).ShouldBe(ids[1..3]);
        (await log.ReadBackAsync(ids[0], 2, default)).Frames.ShouldBeEmpty();
        (await log.ReadBackAsync(EventId.MaxValue, 9, default)).Frames.Select(static frame => frame.Id).ShouldBe(ids);
        (await log.ReadBackAsync(EventId.Zero, 9, default)).Frames.ShouldBeEmpty();
    }

    [Fact]
    public async Task GetBoundsAsync_HalfOfTheRetentionUsed_TellsWhoShouldMoveOn()
    {
        _options.Retention.MaxEvents = 4;
        var log = Open();
        (await log.GetBoundsAsync(default)).HalfwayThrough.ShouldBe(EventId.Zero);

        var ids = await AppendAsync(log, 4);

        (await log.GetBoundsAsync(default)).HalfwayThrough.ShouldBe(ids[1]);
    }

    private static async Task<EventId> AppendAsync(MemoryEventLog log, string data = "x", string? key = null, CancellationToken cancellationToken = default) =>
        await log.AppendAsync([TestHubs.Event("a", data)], key, cancellationToken);

    private static async Task<EventId[]> AppendAsync(MemoryEventLog log, int count)
    {
        var ids = new EventId[count];
        for (var i = 0; i < count; i++)
            ids[i] = await AppendAsync(log);
        return ids;
    }

    private static async Task<IReadOnlyList<Frame>> ReadAllAsync(MemoryEventLog log) => (await log.ReadAsync(EventId.Zero, 10_000, default)).Frames;

    private static async Task<IReadOnlyList<Frame>> ShouldGrowStrictlyAsync(MemoryEventLog log, int count)
    {
        var frames = await ReadAllAsync(log);
        frames.Count.ShouldBe(count);
        frames.Zip(frames.Skip(1), static (left, right) => left.Id < right.Id).ShouldAllBe(static grows => grows);
        return frames;
    }

    private MemoryEventLog Open() => new(_options, _time);

    private void RouteAll(MemoryEventLog log)
    {
        while (log.TryTail(ref _routed, out _))
        {
            // Asking for the next page says that this one was routed.
        }
    }
}
