using static Curlew.Tests.TestHubs;

namespace Curlew.Tests.Fanout;

/// <summary>The position that a keep-alive carries, and when an idle client is sent one for the retention's sake.</summary>
public sealed class KeepAliveTests
{
    private readonly ScriptedLog _log = new() { TrimmedThrough = Id(0, 1) };

    [Fact]
    public async Task TryTakeKeepAlive_Idle_CarriesHowFarTheHubHasRouted()
    {
        var hub = await OpenAsync(_log);
        var reader = await hub.SubscribeAsync();
        hub.Route(_log.Page([Frame(10, "other")]));

        reader.Subscription.RequestKeepAlive();

        reader.IsWoken.ShouldBeTrue();
        reader.Subscription.TryTakeKeepAlive(out var position).ShouldBeTrue();
        position.ShouldBe(Id(10));
        reader.Subscription.TryTakeKeepAlive(out _).ShouldBeFalse("it was asked for once");
    }

    [Fact]
    public async Task TryTakeKeepAlive_WithAQueue_IsNotDue()
    {
        var hub = await OpenAsync(_log);
        var reader = await hub.SubscribeAsync();

        reader.Subscription.RequestKeepAlive();
        hub.Route(_log.Page([Frame(10)]));

        reader.Subscription.TryTakeKeepAlive(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task TryTakeKeepAlive_WithAGapToTell_IsNotDue()
    {
        var hub = await OpenAsync(_log);
        var behind = await hub.SubscribeAsync(StartPosition.After("99-0"));
        var live = await hub.SubscribeAsync(StartPosition.After("nonsense"));

        foreach (var reader in new[] { behind, live })
        {
            reader.Subscription.JoinedAt.ShouldBeNull();
            reader.Subscription.RequestKeepAlive();
            reader.Subscription.TryTakeKeepAlive(out _).ShouldBeFalse("a client that is cut before the gap must come back with what it had");
        }
    }

    [Fact]
    public async Task TryTakeKeepAlive_RequestedBeforeTheLogLostEvents_StaysWithinWhatIsRoutedSince()
    {
        var hub = await OpenAsync(_log);
        var reader = await hub.SubscribeAsync();
        hub.Route(_log.Page([Frame(100, "other")]));
        reader.Subscription.RequestKeepAlive();
        hub.Route(_log.Page([], isReset: true));
        (await reader.ReadAllAsync()).ShouldBe(["lost@0-1"]);

        reader.Subscription.TryTakeKeepAlive(out var position).ShouldBeTrue();

        position.ShouldBe(Id(0, 1));
        hub.Route(_log.Page([Frame(50)]));
        (await reader.ReadAllAsync()).ShouldBe(["50-0"]);
    }

    [Fact]
    public async Task TrimAsync_IdleClientHalfWayOut_IsAskedForAKeepAlive()
    {
        var hub = await OpenAsync(_log);
        var reader = await hub.SubscribeAsync();
        hub.Route(_log.Page([Frame(10, "other"), Frame(20, "other")]));
        reader.IsWoken.ShouldBeFalse();

        _log.HalfwayThrough = Id(10);
        await hub.TrimAsync(default);

        reader.IsWoken.ShouldBeTrue();
        reader.Subscription.TryTakeKeepAlive(out var position).ShouldBeTrue();
        position.ShouldBe(Id(20));

        reader.IsWoken = false;
        await hub.TrimAsync(default);
        reader.IsWoken.ShouldBeFalse("it has a position within the half");
    }

    [Fact]
    public async Task TrimAsync_ClientWhoseReplayFoundNothing_GoesByWhatTheClientWasGiven()
    {
        _log.Frames.AddRange([Frame(10), Frame(20, "other"), Frame(30, "other")]);
        var hub = await OpenAsync(_log);
        var reader = await hub.SubscribeAsync(StartPosition.After("10-0"));
        (await reader.ReadAllAsync()).ShouldBeEmpty();

        _log.HalfwayThrough = Id(20);
        await hub.TrimAsync(default);

        reader.IsWoken.ShouldBeTrue("the cursor is at the newest event, but the client would come back with 10-0");
        reader.Subscription.TryTakeKeepAlive(out var position).ShouldBeTrue();
        position.ShouldBe(Id(30));
    }

    [Fact]
    public async Task TrimAsync_ClientThatWasBusyAtTheLastTick_IsAskedAtTheNext()
    {
        _log.Frames.AddRange([Frame(10), Frame(20, "other"), Frame(30, "other")]);
        var hub = await OpenAsync(_log);
        var reader = await hub.SubscribeAsync(StartPosition.After("10-0"));
        _log.HalfwayThrough = Id(20);
        await hub.TrimAsync(default);
        (await reader.ReadAllAsync()).ShouldBeEmpty();

        await hub.TrimAsync(default);

        reader.IsWoken.ShouldBeTrue();
    }

    [Fact]
    public async Task TrimAsync_KeepAliveThatWasDueWhenAnEventWasSent_DoesNotKeepTheNextFromWaking()
    {
        var hub = await OpenAsync(_log);
        var reader = await hub.SubscribeAsync();
        reader.Subscription.RequestKeepAlive();
        hub.Route(_log.Page([Frame(10)]));
        // As the writer does it: what was read is sent, and the keep-alive is not looked at.
        (await reader.ReadAllAsync()).ShouldBe(["10-0"]);

        hub.Route(_log.Page([Frame(20, "other"), Frame(30, "other")]));
        _log.HalfwayThrough = Id(20);
        await hub.TrimAsync(default);

        reader.IsWoken.ShouldBeTrue();
    }
}
