using static Curlew.Tests.TestHubs;

namespace Curlew.Tests.Hubs;

/// <summary>A log that loses events, or is trimmed before this process has read it.</summary>
public sealed class HubResetTests
{
    private readonly ScriptedLog _log = new() { TrimmedThrough = Id(0, 1) };

    [Fact]
    public async Task Route_AfterAReset_ListsEachSubscriptionOnce()
    {
        var hub = await OpenAsync(_log);
        var readers = new[] { await hub.SubscribeAsync(), await hub.SubscribeAsync(), await hub.SubscribeAsync() };

        hub.Route(_log.Page([], isReset: true));
        foreach (var reader in readers)
            (await reader.ReadAllAsync()).ShouldBe(["lost@0-1"]);

        hub.Router.Count.ShouldBe(3);
        hub.Route(_log.Page([Frame(10)]));
        foreach (var reader in readers)
        {
            (await reader.ReadAllAsync()).ShouldBe(["10-0"]);
            hub.Leave(reader.Subscription);
        }

        hub.Router.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Route_TrimmedBeyondTheTail_ListsEachSubscriptionOnceAndTellsTheGap()
    {
        var hub = await OpenAsync(_log);
        var readers = new[] { await hub.SubscribeAsync(), await hub.SubscribeAsync() };

        _log.TrimmedThrough = Id(5);
        hub.Route(_log.Page([]));
        foreach (var reader in readers)
            (await reader.ReadAllAsync()).ShouldBe(["trimmed@5-0"]);

        hub.Router.Count.ShouldBe(2);
        hub.Route(_log.Page([Frame(10)]));
        foreach (var reader in readers)
            (await reader.ReadAllAsync()).ShouldBe(["10-0"]);
    }

    [Fact]
    public async Task SubscribeAsync_TheLogLosesEventsWhileItIsAsked_BeginsByWhatItHoldsThen()
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
        var hub = await OpenAsync(_log);
        _log.Frames.Add(Frame(40));
        _log.BeforeAnswer = what =>
        {
            _log.BeforeAnswer = null;
            _log.Frames.RemoveRange(1, 3);
            hub.Route(_log.Page(_log.Frames, isReset: true));
            return Task.CompletedTask;
        };

        // Held when the log made its answer, and lost when the answer arrives.
        var reader = await hub.SubscribeAsync(StartPosition.After("40-0"));

        (await reader.ReadAllAsync()).ShouldBe(["lost@0-1", "10-0"]);
        hub.Route(_log.Page([Frame(15)]));
        (await reader.ReadAllAsync()).ShouldBe(["15-0"]);
    }

    [Theory]
    // An id of the lost log: of another process, above what this one has read, and one that names no event.
    [InlineData("40-0", false, new[] { "lost@0-0", "60-0" })]
    [InlineData("40-0", true, new[] { "unknown@0-0", "50-0", "60-0" })]
    [InlineData("25-0", true, new[] { "unknown@0-0", "50-0", "60-0" })]
    // Of the log that there is: another process has told the client of the loss.
    [InlineData("50-0", true, new[] { "60-0" })]
    [InlineData("0-0", false, new[] { "60-0" })]
    [InlineData("0-0", true, new[] { "50-0", "60-0" })]
    public async Task SubscribeAsync_BeforeTheTailHasNoticedALoss_WaitsForIt_AndIsToldOnce(string id, bool hasNewEvents, string[] blocks)
    {
        var log = new ScriptedLog();
        log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
        var hub = await OpenAsync(log);
        log.Frames.Clear();
        if (hasNewEvents)
            log.Frames.Add(Frame(50));

        var joining = hub.SubscribeAsync(StartPosition.After(id));
        // A page from before the loss, which the tail had on its way.
        hub.Route(log.Page([Frame(35)]));
        joining.IsCompleted.ShouldBeFalse();
        hub.Route(log.Page(log.Frames, isReset: true));
        var reader = await joining.WaitAsync(Eventually.DefaultDeadline);
        log.Frames.Add(Frame(60));
        hub.Route(log.Page(log.Frames));

        (await reader.ReadAllAsync()).ShouldBe(blocks);
    }

    [Fact]
    public async Task SubscribeAsync_EveryStart_WaitsForTheTailToNoticeALoss()
    {
        foreach (var start in new[] { StartPosition.Earliest, StartPosition.Since(DateTimeOffset.FromUnixTimeMilliseconds(60)), StartPosition.Last(10) })
        {
            var log = new ScriptedLog();
            log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
            var hub = await OpenAsync(log);
            log.Frames.Clear();

            var joining = hub.SubscribeAsync(start);
            joining.IsCompleted.ShouldBeFalse($"{start}");
            hub.Route(log.Page([], isReset: true));
            var reader = await joining.WaitAsync(Eventually.DefaultDeadline);
            hub.Route(log.Page([Frame(70)]));

            (await reader.ReadAllAsync()).ShouldBe(["70-0"], $"{start}");
        }
    }

    [Fact]
    public async Task SubscribeAsync_TheTailDoesNotNoticeALoss_IsWaitedForWithinItsTime()
    {
        var time = new ManualTimeProvider();
        var log = new ScriptedLog();
        log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
        var hub = await OpenAsync(log, time: time);
        log.Frames.Clear();

        var joining = hub.SubscribeAsync(StartPosition.After("40-0"));
        time.Advance(TimeSpan.FromSeconds(14));
        hub.Route(log.Page([Frame(31)]));
        joining.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));

        var reader = await joining.WaitAsync(Eventually.DefaultDeadline);
        (await reader.ReadAllAsync())[0].ShouldBe("lost@0-0");
    }

    [Fact]
    public async Task TrimAsync_AnsweredAfterALossAndMadeBefore_IsVoid()
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
        var hub = await OpenAsync(_log);
        _log.TrimmedThrough = Id(20);
        _log.BeforeAnswer = what =>
        {
            _log.Frames.Clear();
            _log.TrimmedThrough = EventId.Zero;
            _log.Frames.Add(Frame(40));
            hub.Route(_log.Page(_log.Frames, isReset: true));
            return Task.CompletedTask;
        };

        await hub.TrimAsync(default);

        hub.Window.TrimmedThrough.ShouldBe(EventId.Zero);
    }

    [Fact]
    public async Task SubscribeAsync_WhileALossIsWaitedFor_CanBeGivenUp()
    {
        var log = new ScriptedLog();
        log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
        var hub = await OpenAsync(log);
        log.Frames.Clear();
        using var gone = new CancellationTokenSource();

        var joining = hub.SubscribeAsync(new([TopicFilter.Parse("a")], types: null), StartPosition.After("40-0"), SlowConsumerPolicy.Resume, new TestReader(), gone.Token).AsTask();
        await gone.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(joining.WaitAsync(Eventually.DefaultDeadline));
        hub.SubscriptionCount.ShouldBe(0);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(30)]
    public async Task SubscribeAsync_WhatWasRoutedIsTrimmed_IsNoLoss(ulong trimmedThrough)
    {
        _log.Frames.AddRange([Frame(10), Frame(20)]);
        var hub = await OpenAsync(_log);
        _log.Frames.AddRange([Frame(30), Frame(40)]);
        // Between the bounds and the next question.
        _log.BeforeAnswer = what =>
        {
            if (what == "bounds")
                _log.TrimmedThrough = Id(trimmedThrough);
            return Task.CompletedTask;
        };

        var reader = await hub.SubscribeAsync(StartPosition.After("40-0")).WaitAsync(Eventually.DefaultDeadline);

        (await reader.ReadAllAsync()).ShouldBeEmpty();
    }
}
