using static Curlew.Tests.TestHubs;

namespace Curlew.Tests.Hubs;

/// <summary>Where a subscription begins.</summary>
public sealed class HubJoiningTests
{
    private static readonly HubOptions SmallWindow = new() { WindowBytes = 1 };

    private readonly ScriptedLog _log = new() { TrimmedThrough = Id(5) };

    [Fact]
    public async Task SubscribeAsync_SinceATimeBetweenEvents_JoinsAtAnIdThatCanBeResumed()
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
        var hub = await OpenAsync(_log);

        var reader = await hub.SubscribeAsync(StartPosition.Since(DateTimeOffset.FromUnixTimeMilliseconds(25)));

        await ShouldResumeAsync(hub, reader, Id(20), ["30-0"]);
    }

    [Fact]
    public async Task SubscribeAsync_SinceATimeBelowTheWindow_JoinsAtAnIdThatCanBeResumed()
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
        _log.MaxPage = 1;
        var hub = await OpenAsync(_log, SmallWindow);

        var reader = await hub.SubscribeAsync(StartPosition.Since(DateTimeOffset.FromUnixTimeMilliseconds(15)));

        await ShouldResumeAsync(hub, reader, Id(10), ["20-0", "30-0"]);
    }

    [Fact]
    public async Task SubscribeAsync_SinceATimeTrimmedWhileTheLogWasAsked_IsToldAGap()
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
        _log.MaxPage = 1;
        var hub = await OpenAsync(_log, SmallWindow);
        _log.BeforeAnswer = what =>
        {
            if (what == "bounds")
                _log.TrimmedThrough = Id(20);
            return Task.CompletedTask;
        };

        var reader = await hub.SubscribeAsync(StartPosition.Since(DateTimeOffset.FromUnixTimeMilliseconds(15)));

        (await reader.ReadAllAsync()).ShouldBe(["trimmed@20-0", "30-0"]);
    }

    [Theory]
    [InlineData(1, 20, new[] { "30-0" })]
    [InlineData(2, 10, new[] { "20-0", "30-0" })]
    [InlineData(3, 5, new[] { "10-0", "20-0", "30-0" })]
    [InlineData(4, 5, new[] { "10-0", "20-0", "30-0" })]
    public async Task SubscribeAsync_LastBeyondTheWindow_JoinsAtAnIdThatCanBeResumed(int count, ulong joined, string[] events)
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30), Frame(40, "other")]);
        _log.MaxPage = 1;
        var hub = await OpenAsync(_log, SmallWindow);

        var reader = await hub.SubscribeAsync(StartPosition.Last(count));

        await ShouldResumeAsync(hub, reader, Id(joined), events);
    }

    [Fact]
    public async Task OpenAsync_WindowSmallerThanTheLog_BeginsAtAnIdThatCanBeResumed()
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
        _log.MaxPage = 2;

        var hub = await OpenAsync(_log, SmallWindow);

        hub.Window.TrimmedThrough.ShouldBe(Id(20));
        hub.Routed.ShouldBe(Id(30));
        var reader = await hub.SubscribeAsync(StartPosition.Earliest);
        (await reader.ReadAllAsync()).ShouldBe(["10-0", "20-0", "30-0"]);
    }

    [Fact]
    public async Task OpenAsync_LogTrimmedMeanwhile_HoldsWhatIsLeft()
    {
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
        _log.MaxPage = 1;
        var reads = 0;
        _log.BeforeAnswer = what =>
        {
            if (what == "read back" && ++reads == 2)
                _log.TrimmedThrough = Id(20);
            return Task.CompletedTask;
        };

        var hub = await OpenAsync(_log);

        hub.Window.TrimmedThrough.ShouldBe(Id(20));
        hub.Window.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(20, new[] { "30-0" })]
    [InlineData(30, new[] { "trimmed@30-0" })]
    public async Task SubscribeAsync_AfterAnIdTrimmedWhileTheLogWasAsked_IsNotTakenForUnknown(ulong trimmedThrough, string[] blocks)
    {
        var hub = await OpenAsync(_log);
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
        _log.BeforeAnswer = what =>
        {
            if (what == "bounds")
                _log.TrimmedThrough = Id(trimmedThrough);
            return Task.CompletedTask;
        };

        var reader = await hub.SubscribeAsync(StartPosition.After("20-0"));
        hub.Route(_log.Page(_log.Frames));

        (await reader.ReadAllAsync()).ShouldBe(blocks);
    }

    [Theory]
    [InlineData("20-0", new[] { "30-0" })]
    [InlineData("30-0", new string[0])]
    [InlineData("5-0", new[] { "10-0", "20-0", "30-0" })]
    [InlineData("4-0", new[] { "trimmed@5-0", "10-0", "20-0", "30-0" })]
    [InlineData("0-0", new[] { "trimmed@5-0", "10-0", "20-0", "30-0" })]
    [InlineData("15-0", new[] { "unknown@5-0", "10-0", "20-0", "30-0" })]
    [InlineData("20-1", new[] { "unknown@5-0", "10-0", "20-0", "30-0" })]
    [InlineData("31-0", new[] { "lost@5-0", "10-0", "20-0", "30-0" })]
    [InlineData("18446744073709551615-18446744073709551615", new[] { "lost@5-0", "10-0", "20-0", "30-0" })]
    [InlineData("abc", new[] { "malformed@30-0" })]
    [InlineData("", new[] { "malformed@30-0" })]
    [InlineData("020-0", new[] { "malformed@30-0" })]
    [InlineData("20-0 ", new[] { "malformed@30-0" })]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000020-0", new[] { "malformed@30-0" })]
    public async Task SubscribeAsync_AfterAnId_MeansWhatTheManualSays(string id, string[] blocks)
    {
        foreach (var windowBytes in new[] { 1, 300, 10_000 })
        {
            var log = new ScriptedLog { TrimmedThrough = Id(5), MaxPage = 1 };
            log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);
            var hub = await OpenAsync(log, new() { WindowBytes = windowBytes });

            var reader = await hub.SubscribeAsync(StartPosition.After(id));

            (reader.Subscription.JoinedAt is null).ShouldBe(blocks is [var first, ..] && first.Contains('@', StringComparison.Ordinal), "a gap is told before any position");
            (await reader.ReadAllAsync()).ShouldBe(blocks);
        }
    }

    [Fact]
    public async Task SubscribeAsync_AfterAnIdAboveWhatThisProcessHasRead_JoinsThere()
    {
        var hub = await OpenAsync(_log);
        _log.Frames.AddRange([Frame(10), Frame(20), Frame(30)]);

        var reader = await hub.SubscribeAsync(StartPosition.After("20-0"));

        (await reader.ReadAllAsync()).ShouldBeEmpty();
        hub.Route(_log.Page(_log.Frames));
        (await reader.ReadAllAsync()).ShouldBe(["30-0"]);
    }

    [Fact]
    public async Task SubscribeAsync_ManyAtOnce_ShareTheQuestion()
    {
        var hub = await OpenAsync(_log);
        _log.Frames.AddRange([Frame(10), Frame(20)]);
        var asked = _log.BoundsAsked;
        var answer = new TaskCompletionSource();
        _log.BeforeAnswer = _ => answer.Task;

        var joining = Enumerable.Range(0, 50).Select(_ => hub.SubscribeAsync(StartPosition.After("20-0"))).ToArray();
        answer.SetResult();
        await Task.WhenAll(joining).WaitAsync(Eventually.DefaultDeadline);

        (_log.BoundsAsked - asked).ShouldBe(2, "one for the first, and one for all who came while it was under way");
    }

    [Fact]
    public async Task SubscribeAsync_LogAway_FailsAndListsNothing()
    {
        var hub = await OpenAsync(_log);
        _log.BeforeAnswer = static _ => Task.FromException(new EventLogUnavailableException("It is away."));

        await Should.ThrowAsync<EventLogUnavailableException>(() => hub.SubscribeAsync(StartPosition.After("20-0")));
        await Should.ThrowAsync<EventLogUnavailableException>(() => hub.SubscribeAsync(StartPosition.Earliest));
        hub.SubscriptionCount.ShouldBe(0);
        _log.BeforeAnswer = null;
        await hub.SubscribeAsync(StartPosition.Earliest);
        hub.SubscriptionCount.ShouldBe(1);
    }

    [Fact]
    public async Task SubscribeAsync_SinceATimeToCome_IsNow()
    {
        _log.Frames.Add(Frame(10));
        var hub = await OpenAsync(_log);

        var reader = await hub.SubscribeAsync(StartPosition.Since(DateTimeOffset.FromUnixTimeMilliseconds(1000)));
        hub.Route(_log.Page([Frame(20)]));

        reader.Subscription.JoinedAt.ShouldBe(Id(10));
        (await reader.ReadAllAsync()).ShouldBe(["20-0"]);
    }

    [Fact]
    public async Task SubscribeAsync_SinceATimeOlderThanTheRetention_IsToldAGap()
    {
        _log.Frames.Add(Frame(10));
        var hub = await OpenAsync(_log);

        var reader = await hub.SubscribeAsync(StartPosition.Since(DateTimeOffset.FromUnixTimeMilliseconds(3)));

        (await reader.ReadAllAsync()).ShouldBe(["trimmed@5-0", "10-0"]);
    }

    /// <summary>What a client receives, and what it receives if it is cut after the first block and comes back.</summary>
    private static async Task ShouldResumeAsync(Hub hub, TestReader reader, EventId joined, string[] events)
    {
        reader.Subscription.JoinedAt.ShouldBe(joined);
        (await reader.ReadAllAsync()).ShouldBe(events);
        var again = await hub.SubscribeAsync(StartPosition.After(joined.ToString()));
        (await again.ReadAllAsync()).ShouldBe(events);
    }
}
