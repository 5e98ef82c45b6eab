using static Curlew.Tests.TestHubs;

namespace Curlew.Tests.Fanout;

public sealed class SubscriptionTests
{
    private readonly ScriptedLog _log = new() { TrimmedThrough = Id(0, 1) };

    [Fact]
    public async Task Offer_QueueOverItsBound_Resume_ReadsOnFromTheWindow()
    {
        var hub = await OpenAsync(_log, new() { QueueBytes = 100 });
        var reader = await hub.SubscribeAsync();

        hub.Route(_log.Page([Frame(1), Frame(2), Frame(3), Frame(4), Frame(5), Frame(6), Frame(7), Frame(8)]));

        hub.Router.Count.ShouldBe(0, "it has left the router");
        reader.IsWoken.ShouldBeTrue();
        (await reader.ReadAllAsync()).ShouldBe(["1-0", "2-0", "3-0", "4-0", "5-0", "6-0", "7-0", "8-0"]);
        hub.Router.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Offer_QueueOverItsBound_Disconnect_EndsTheSubscriptionAsSlow()
    {
        var hub = await OpenAsync(_log, new() { QueueBytes = 1 });
        var reader = await hub.SubscribeAsync(policy: SlowConsumerPolicy.Disconnect);

        hub.Route(_log.Page([Frame(1), Frame(2)]));

        reader.IsWoken.ShouldBeTrue();
        (await reader.ReadAllAsync()).ShouldBeEmpty();
        reader.Subscription.IsSlow.ShouldBeTrue();
        hub.Router.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Offer_QueueOverItsBound_DropOldest_TellsHowManyInTheirPlace()
    {
        var hub = await OpenAsync(_log, new() { QueueBytes = 2 * Frame(1).Length });
        var reader = await hub.SubscribeAsync(policy: SlowConsumerPolicy.DropOldest);

        hub.Route(_log.Page([Frame(1), Frame(2), Frame(3, "other"), Frame(4), Frame(5), Frame(6)]));

        (await reader.ReadAllAsync()).ShouldBe(["dropped 3@4-0", "5-0", "6-0"]);
        hub.Route(_log.Page([Frame(7)]));
        (await reader.ReadAllAsync()).ShouldBe(["7-0"]);
    }

    [Fact]
    public async Task Offer_WithoutHistory_ResumeActsAsDropOldest()
    {
        var hub = await OpenAsync(_log, new() { QueueBytes = 1, History = false });
        var reader = await hub.SubscribeAsync();

        hub.Route(_log.Page([Frame(1), Frame(2), Frame(3)]));

        (await reader.ReadAllAsync()).ShouldBe(["dropped 2@2-0", "3-0"]);
    }

    [Fact]
    public async Task Offer_FrameLargerThanTheQueue_IsTaken()
    {
        var hub = await OpenAsync(_log, new() { QueueBytes = 1 });
        var reader = await hub.SubscribeAsync(policy: SlowConsumerPolicy.Disconnect);

        for (ulong id = 1; id < 5; id++)
        {
            hub.Route(_log.Page([Frame(id, data: new string('x', 10_000))]));
            (await reader.ReadAllAsync()).ShouldBe([$"{id}-0"]);
        }
    }

    [Fact]
    public async Task Offer_WhileTheReaderIsBusy_WakesOnce()
    {
        var hub = await OpenAsync(_log);
        var reader = await hub.SubscribeAsync();

        hub.Route(_log.Page([Frame(1)]));
        reader.IsWoken.ShouldBeTrue();
        reader.IsWoken = false;
        hub.Route(_log.Page([Frame(2)]));

        reader.IsWoken.ShouldBeFalse("it has been woken and has not emptied the queue since");
        (await reader.ReadAllAsync()).ShouldBe(["1-0", "2-0"]);
        hub.Route(_log.Page([Frame(3)]));
        reader.IsWoken.ShouldBeTrue();
    }

    [Fact]
    public async Task Read_LongReplay_GoesByBatchesAndEntersTheRouterAtTheEnd()
    {
        for (ulong id = 1; id <= 600; id++)
            _log.Frames.Add(Frame(id));
        var hub = await OpenAsync(_log);
        var reader = await hub.SubscribeAsync(StartPosition.Earliest);

        reader.ReadOnce(out var first).ShouldBe(ReadStatus.More);
        first.ShouldBe(FrameBatch.MaxFrames);
        hub.Route(_log.Page([Frame(601)]));
        hub.Router.Count.ShouldBe(0);
        reader.ReadOnce(out _).ShouldBe(ReadStatus.More);
        reader.ReadOnce(out var last).ShouldBe(ReadStatus.Idle);

        last.ShouldBe(601 - (2 * FrameBatch.MaxFrames));
        hub.Router.Count.ShouldBe(1);
    }

    [Fact]
    public async Task ReadLogAsync_TrimmedMeanwhile_TellsTheGapBeforeThePage()
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30), Frame(40)]);
        _log.MaxPage = 2;
        var hub = await OpenAsync(_log, new() { WindowBytes = 1 });
        var reader = await hub.SubscribeAsync(StartPosition.After("10-0"));

        _log.TrimmedThrough = Id(20);

        (await reader.ReadAllAsync()).ShouldBe(["trimmed@20-0", "30-0", "40-0"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(5)]
    public async Task ReadLogAsync_TrimmedMeanwhile_WhoTakesWhatIsThereIsNotTold(int? last)
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30), Frame(40)]);
        _log.MaxPage = 2;
        var hub = await OpenAsync(_log, new() { WindowBytes = 1 });
        var reader = await hub.SubscribeAsync(last is { } count ? StartPosition.Last(count) : StartPosition.Earliest);

        _log.TrimmedThrough = Id(20);

        (await reader.ReadAllAsync()).ShouldBe(["30-0", "40-0"]);
    }

    [Fact]
    public async Task ReadLogAsync_LogHoldsNothingAfterTheCursor_TellsThatItLostEvents()
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30), Frame(40)]);
        _log.MaxPage = 2;
        var hub = await OpenAsync(_log, new() { WindowBytes = 1 });
        var reader = await hub.SubscribeAsync(StartPosition.After("10-0"));

        // It still knows that it gave their ids: the tail will not call it a loss.
        _log.Frames.RemoveRange(1, 3);
        _log.NewestGiven = Id(40);

        var batch = new FrameBatch();
        reader.Subscription.Read(batch).ShouldBe(ReadStatus.BelowWindow);
        (await reader.Subscription.ReadLogAsync(batch, default)).ShouldBe(ReadStatus.More);
        batch.Count.ShouldBe(1);
        System.Text.Encoding.UTF8.GetString(batch.Frames[0].Span).ShouldContain("""{"reason":"lost","lastEventId":"10-0","oldest":"10-0"}""");
    }

    [Fact]
    public async Task ReadLogAsync_LogHoldsNothingAfterTheCursor_LeavesItToTheTailToTellALoss()
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30), Frame(40)]);
        _log.MaxPage = 2;
        var hub = await OpenAsync(_log, new() { WindowBytes = 1 });
        var reader = await hub.SubscribeAsync(StartPosition.After("10-0"));

        _log.Frames.RemoveRange(1, 3);

        await Should.ThrowAsync<EventLogUnavailableException>(reader.ReadAllAsync);
        hub.Route(_log.Page(_log.Frames, isReset: true));
        (await reader.ReadAllAsync()).ShouldBe(["lost@0-1", "10-0"]);
    }

    [Fact]
    public async Task ReadLogAsync_LogHasLostEventsAndHasNewerOnes_GivesNoneOfThemBeforeTheGap()
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30), Frame(40)]);
        var hub = await OpenAsync(_log, new() { WindowBytes = 1 });
        // As a window does that has read more than it holds.
        hub.Window.TrimThrough(Id(30));
        var reader = await hub.SubscribeAsync(StartPosition.After("10-0"));

        _log.Frames.RemoveRange(1, 3);
        _log.Frames.Add(Frame(50));

        await Should.ThrowAsync<EventLogUnavailableException>(reader.ReadAllAsync);
        hub.Route(_log.Page(_log.Frames, isReset: true));
        (await reader.ReadAllAsync()).ShouldBe(["lost@0-1", "10-0", "50-0"]);
    }

    [Fact]
    public async Task ReadLogAsync_TheEventAtTheLowerEndWasDeletedByName_GoesOn()
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30), Frame(40)]);
        var hub = await OpenAsync(_log, new() { WindowBytes = 1 });
        hub.Window.TrimThrough(Id(30));
        var reader = await hub.SubscribeAsync(StartPosition.After("10-0"));

        _log.Frames.RemoveAt(2);

        (await reader.ReadAllAsync()).ShouldBe(["20-0", "40-0"]);
    }

    [Fact]
    public async Task ReadLogAsync_LogAway_LeavesTheCursor()
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
        _log.MaxPage = 1;
        var hub = await OpenAsync(_log, new() { WindowBytes = 1 });
        var reader = await hub.SubscribeAsync(StartPosition.After("10-0"));

        _log.BeforeAnswer = _ => Task.FromException(new EventLogUnavailableException("It is away."));
        await Should.ThrowAsync<EventLogUnavailableException>(reader.ReadAllAsync);
        _log.BeforeAnswer = null;

        (await reader.ReadAllAsync()).ShouldBe(["20-0", "30-0"]);
    }

    [Fact]
    public async Task End_WhileTheLogIsRead_EndsTheReader()
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
        _log.MaxPage = 1;
        var hub = await OpenAsync(_log, new() { WindowBytes = 1 });
        var reader = await hub.SubscribeAsync(StartPosition.After("10-0"));
        var answer = new TaskCompletionSource();
        _log.BeforeAnswer = _ => answer.Task;

        var reading = reader.ReadAllAsync();
        hub.Leave(reader.Subscription);
        answer.SetResult();

        (await reading).ShouldBeEmpty();
        hub.SubscriptionCount.ShouldBe(0);
    }
}
