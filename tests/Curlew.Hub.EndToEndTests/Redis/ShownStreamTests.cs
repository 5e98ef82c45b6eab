namespace Curlew.Hub.EndToEndTests.Redis;

/// <summary><c>curlew serve --stream …</c> over what redis-cli writes.</summary>
public sealed class ShownStreamTests
{
    [Fact]
    public async Task Streams_ServeWhatOthersAdd_EachAtItsPath()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var hub = await HubUnderTest.StartAsync(
            $"redis=127.0.0.1:{redis.Port}", "stream=/logs=siem:logs:log", "stream=/v1/plain.stream=plain:", "Curlew:Streams=/alerts=siem:alerts:alert");
        await hub.Program.WaitForLineAsync("/logs shows the Redis stream 'siem:logs'; the type of its events: log");
        using var logs = await AskAsync(hub, "/logs");
        using var plain = await AskAsync(hub, "/v1/plain.stream");
        using var alerts = await AskAsync(hub, "/alerts");

        var id = await redis.CliAsync("XADD", "siem:logs", "*", "payload", """{"message":"hello"}""");
        await redis.CliAsync("XADD", "siem:logs", "*", "other", "field");
        await redis.CliAsync("XADD", "plain", "*", "payload", "text");
        await redis.CliAsync("XADD", "siem:alerts", "*", "payload", "alarm");

        var first = await logs.EventAsync();
        (first.Id, first.Type, first.Data).ShouldBe((id, "log", """{"message":"hello"}"""));
        (await logs.EventAsync()).Data.ShouldBe("{}");
        var text = await plain.EventAsync();
        text.Type.ShouldBeNullOrEmpty();
        text.Data.ShouldBe("text");
        var alert = await alerts.EventAsync();
        (alert.Type, alert.Data).ShouldBe(("alert", "alarm"));
        // The hub's own stream has nothing of them, and the stream takes nothing from here.
        using var own = await hub.SubscribeAsync("topic=**&lastEventId=earliest");
        await hub.PublishAsync("a", "own");
        (await own.EventAsync()).Data.ShouldBe("own");
        (await redis.CliAsync("XLEN", "siem:logs")).ShouldBe("2");
    }

    [Fact]
    public async Task Client_OfAStream_ResumesAfterARestart()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        var first = await redis.CliAsync("XADD", "siem:logs", "*", "payload", "1");
        await using var hub = await HubUnderTest.StartAsync($"redis=127.0.0.1:{redis.Port}", "stream=/logs=siem:logs:log");
        await redis.CliAsync("XADD", "siem:logs", "*", "payload", "2");
        await hub.KillAsync();
        await redis.CliAsync("XADD", "siem:logs", "*", "payload", "3");
        await hub.StartAgainAsync();

        using var resumed = await AskAsync(hub, "/logs", first);
        using var last = await AskAsync(hub, "/logs?last=1");
        await redis.CliAsync("XADD", "siem:logs", "*", "payload", "4");

        (await resumed.DataAsync(3)).ShouldBe(["2", "3", "4"]);
        (await last.DataAsync(2)).ShouldBe(["3", "4"]);
    }

    private static async Task<RawStream> AskAsync(HubUnderTest hub, string target, string? lastEventId = null)
    {
        var stream = await RawStream.ConnectAsync(hub.Port, target, new() { Headers = lastEventId is null ? [] : [("Last-Event-ID", lastEventId)] }, Deadline.Token);
        stream.Status.ShouldBe(200);
        return stream;
    }
}
