using System.Net;

namespace Curlew.Hub.EndToEndTests.Access;

/// <summary>Caps of connections, and whose they are.</summary>
public sealed class LimitTests
{
    private static readonly IPAddress Other = IPAddress.Parse("127.0.0.2");

    [Fact]
    public async Task Cap_PerAddress_RefusesTheNewAndNobodyElse()
    {
        await using var hub = await HubUnderTest.StartAsync("Curlew:MaxConnectionsPerAddress=2");
        using var first = await hub.SubscribeAsync("topic=a");
        using var second = await hub.SubscribeAsync("topic=a");

        using var third = await hub.AskAsync("topic=a");
        (await third.AnswerAsync()).ShouldBeRefused(429);
        int.Parse(third.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);
        using var elsewhere = await AskFromAsync(hub, Other);
        elsewhere.Status.ShouldBe(200);

        first.Dispose();
        await Eventually.UntilAsync(async () =>
        {
            using var again = await hub.AskAsync("topic=a");
            return again.Status == 200;
        });
        await hub.PublishAsync("a", "kept");
        (await second.EventAsync()).Data.ShouldBe("kept");
        hub.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Cap_InTotal_Is503()
    {
        await using var hub = await HubUnderTest.StartAsync("Curlew:MaxConnections=2");
        using var first = await hub.SubscribeAsync("topic=a");
        using var second = await AskFromAsync(hub, Other);
        second.Status.ShouldBe(200);

        using var third = await AskFromAsync(hub, IPAddress.Parse("127.0.0.3"));

        (await third.AnswerAsync()).ShouldBeRefused(503);
        third.Headers.GetValueOrDefault("Retry-After").ShouldNotBeNull();
        (await hub.MetricAsync("curlew_connections_refused_total", "MaxConnections")).ShouldBe(1);
    }

    [Fact]
    public async Task Cap_WhereBusyIsRetry_IsAStreamThatAsksToComeBack()
    {
        await using var hub = await HubUnderTest.StartAsync("Curlew:MaxConnections=1", "Curlew:Busy=Retry");
        using var first = await hub.SubscribeAsync("topic=a");

        using var second = await hub.AskAsync("topic=a");

        second.Status.ShouldBe(200);
        second.Headers["Content-Type"].ShouldBe("text/event-stream");
        var block = (await second.RestAsync()).ShouldHaveSingleItem();
        block.Retry.ShouldNotBeNull().ShouldBeGreaterThan(3000);
        block.IsEvent.ShouldBeFalse();
        // What time does not heal stays a refusal.
        using var bad = await hub.AskAsync("topic=");
        (await bad.AnswerAsync()).ShouldBeRefused(400, "topic");
    }

    [Fact]
    public async Task ForwardedFor_FromAnyone_CountsForNothing()
    {
        await using var hub = await HubUnderTest.StartAsync("Curlew:MaxConnectionsPerAddress=1");
        using var first = await AskForAsync(hub, "203.0.113.1");
        using var second = await AskForAsync(hub, "203.0.113.2");
        (first.Status, second.Status).ShouldBe((200, 429));
    }

    [Fact]
    public async Task ForwardedFor_FromAKnownProxy_IsWhoCounts()
    {
        await using var hub = await HubUnderTest.StartAsync("Curlew:MaxConnectionsPerAddress=1", "Curlew:KnownProxies=127.0.0.1,10.0.0.0/8");

        using var first = await AskForAsync(hub, "203.0.113.1");
        using var second = await AskForAsync(hub, "203.0.113.2");
        using var sameAgain = await AskForAsync(hub, "203.0.113.1");
        // What the client itself claims stands further left, and does not count.
        using var claimed = await AskForAsync(hub, "198.51.100.7, 203.0.113.2");
        using var throughTwo = await AskForAsync(hub, "198.51.100.7, 203.0.113.3, 10.1.2.3");
        using var throughTwoAgain = await AskForAsync(hub, "198.51.100.8, 203.0.113.3, 10.1.2.4");
        using var fromElsewhere = await AskForAsync(hub, "203.0.113.4", Other);
        using var fromElsewhereAgain = await AskForAsync(hub, "203.0.113.5", Other);

        (first.Status, second.Status, sameAgain.Status, claimed.Status).ShouldBe((200, 200, 429, 429));
        (throughTwo.Status, throughTwoAgain.Status).ShouldBe((200, 429));
        (fromElsewhere.Status, fromElsewhereAgain.Status).ShouldBe((200, 429));
    }

    [Fact]
    public async Task ForwardedFor_OfIPv6_CountsByNetwork()
    {
        await using var hub = await HubUnderTest.StartAsync("Curlew:MaxConnectionsPerAddress=1", "Curlew:KnownProxies=127.0.0.1");
        using var first = await AskForAsync(hub, "2001:db8:0:1::1");
        using var neighbour = await AskForAsync(hub, "2001:db8:0:1:ffff::2");
        using var elsewhere = await AskForAsync(hub, "2001:db8:0:2::1");
        (first.Status, neighbour.Status, elsewhere.Status).ShouldBe((200, 429, 200));
    }

    [Fact]
    public async Task ForwardedProto_FromAKnownProxy_MakesThePagesOriginTheHubsOwn()
    {
        await using var hub = await HubUnderTest.StartAsync("Curlew:KnownProxies=127.0.0.1", "AllowedHosts=hub.example.org;127.0.0.1");
        (string, string)[] page = [("Host", "hub.example.org"), ("Origin", "https://hub.example.org"), ("X-Forwarded-For", "203.0.113.1")];
        _ = (await hub.PostJsonAsync("""{"topics":["a"],"data":1}""", [.. page, ("X-Forwarded-Proto", "https")])).Id;
        (await hub.PostJsonAsync("""{"topics":["a"],"data":1}""", [.. page, ("X-Forwarded-Proto", "http")])).ShouldBeRefused(403);
    }

    private static Task<RawStream> AskFromAsync(HubUnderTest hub, IPAddress from) =>
        RawStream.ConnectAsync(hub.Port, "/events?topic=a", new() { LocalAddress = from }, Deadline.Token);

    private static Task<RawStream> AskForAsync(HubUnderTest hub, string forwardedFor, IPAddress? proxy = null) =>
        RawStream.ConnectAsync(hub.Port, "/events?topic=a", new() { LocalAddress = proxy ?? IPAddress.Loopback, Headers = [("X-Forwarded-For", forwardedFor)] }, Deadline.Token);
}
