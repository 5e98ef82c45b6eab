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
}
