namespace Curlew.Hub.EndToEndTests.Access;

/// <summary>Pages of other sites: a browser lets them send to a hub on the loopback address, and says where they come from.</summary>
public sealed class OriginAndHostTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    private const string Event = """{"topics":["origin"],"data":"from a page"}""";

    private readonly HubUnderTest _hub = fixture.Hub;

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("http://localhost.evil.example")]
    [InlineData("file://")]
    public async Task Post_WithAForeignOrigin_Is403AndPublishesNothing(string origin)
    {
        using var stream = await _hub.SubscribeAsync("topic=origin");
        foreach (var contentType in new[] { "application/json", "text/plain", "application/x-www-form-urlencoded", "application/x-ndjson" })
            (await _hub.PostAsync(contentType, Event, "?topic=origin", ("Origin", origin))).ShouldBeRefused(403);

        await _hub.PublishAsync("origin", "last");
        (await stream.EventAsync()).Data.ShouldBe("last");
        _hub.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Post_WithTheHubsOwnOriginOrNone_IsTaken()
    {
        _ = (await _hub.PostJsonAsync(Event, ("Origin", _hub.Address.GetLeftPart(UriPartial.Authority)))).Id;
        _ = (await _hub.PostJsonAsync(Event)).Id;
    }

    [Fact]
    public async Task AllowedOrigin_MayPublishAndRead_AndIsNamedExactly()
    {
        await using var hub = await HubUnderTest.StartAsync("Curlew:AllowedOrigins=https://app.example, https://other.example:8443/");

        _ = (await hub.PostJsonAsync(Event, ("Origin", "https://app.example"))).Id;
        _ = (await hub.PostJsonAsync(Event, ("Origin", "https://other.example:8443"))).Id;
        (await hub.PostJsonAsync(Event, ("Origin", "http://app.example"))).ShouldBeRefused(403);
        (await hub.PostJsonAsync(Event, ("Origin", "null"))).ShouldBeRefused(403);

        using var allowed = await hub.AskAsync("topic=origin&lastEventId=earliest", ("Origin", "https://app.example"));
        allowed.Headers["Access-Control-Allow-Origin"].ShouldBe("https://app.example");
        allowed.Headers["Vary"].ShouldContain("Origin");
        allowed.Headers.GetValueOrDefault("Access-Control-Allow-Credentials").ShouldBeNull();
        (await allowed.DataAsync(2)).Length.ShouldBe(2);
        using var foreign = await hub.AskAsync("topic=origin", ("Origin", "https://evil.example"));
        foreign.Headers.GetValueOrDefault("Access-Control-Allow-Origin").ShouldBeNull();
    }

    [Theory]
    [InlineData("GET", "Last-Event-ID")]
    [InlineData("GET", "Cache-Control")]
    [InlineData("POST", "Content-Type")]
    [InlineData("POST", "Idempotency-Key")]
    public async Task Preflight_OfAnAllowedOrigin_AllowsTheHeader(string method, string header)
    {
        await using var hub = await HubUnderTest.StartAsync("Curlew:AllowedOrigins:0=https://app.example");

        using var allowed = await PreflightAsync("https://app.example");
        using var foreign = await PreflightAsync("https://evil.example");

        allowed.Status.ShouldBe(204);
        allowed.Headers["Access-Control-Allow-Origin"].ShouldBe("https://app.example");
        allowed.Headers["Access-Control-Allow-Methods"].ShouldContain(method);
        allowed.Headers["Access-Control-Allow-Headers"].ShouldContain(header);
        foreign.Headers.GetValueOrDefault("Access-Control-Allow-Origin").ShouldBeNull();

        Task<RawStream> PreflightAsync(string origin) => RawStream.ConnectAsync(hub.Port, "/events?topic=a", new()
        {
            Method = "OPTIONS",
            Headers = [("Origin", origin), ("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", header.ToLowerInvariant())],
        }, Deadline.Token);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("localhost.evil.example:5080")]
    [InlineData("192.168.1.1")]
    public async Task Host_ThatIsForeign_IsRefusedEverywhere(string host)
    {
        foreach (var (method, path) in new[] { ("GET", "/events?topic=a"), ("POST", "/events?topic=a"), ("GET", "/"), ("GET", "/metrics"), ("GET", "/live/events?topic=a") })
        {
            using var answer = await RawStream.ConnectAsync(
                _hub.Port, path, new() { Method = method, Headers = [("Host", host), ("Content-Length", "0")] }, Deadline.Token);
            answer.Status.ShouldBe(400, $"{method} {path}");
        }

        _hub.Complaints.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    public async Task Host_OfThisMachine_IsServed(string host)
    {
        using var stream = await _hub.AskAsync("topic=a", ("Host", $"{host}:{_hub.Port}"));
        stream.Status.ShouldBe(200);
    }

    [Fact]
    public async Task AllowedHosts_NamesOthers()
    {
        await using var hub = await HubUnderTest.StartAsync("AllowedHosts=hub.example.org;127.0.0.1");
        using var named = await hub.AskAsync("topic=a", ("Host", "hub.example.org"));
        using var foreign = await hub.AskAsync("topic=a", ("Host", "evil.example"));
        (named.Status, foreign.Status).ShouldBe((200, 400));
    }
}
