using System.Net;
using System.Text.Json.Nodes;
using static Curlew.Samples.SecurityDashboard.Tests.Lines;

namespace Curlew.Samples.SecurityDashboard.Tests.Live;

/// <summary>Several processes that are one dashboard, on a Redis of their own.</summary>
public sealed class SharedDashboardTests
{
    private static readonly string[] BruteForce =
        [.. Enumerable.Range(1, 8).Select(i => Syslog(i, "bastion", $"sshd[{i}]: Failed password for root from 192.0.2.7 port 22 ssh2"))];

    [Fact]
    public async Task Two_processes_count_together_and_show_the_same_alerts()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        var samples = await Task.WhenAll(StartAsync(redis), StartAsync(redis));
        await using var one = samples[0];
        await using var other = samples[1];
        using var here = await OpenAsync(one, "/alerts/events?lastEventId=earliest");
        using var there = await OpenAsync(other, "/alerts/events?lastEventId=earliest");

        await PostLinesAsync(one, BruteForce[..4]);
        await PostLinesAsync(other, BruteForce[4..]);

        var alert = await RecordAsync(here);
        ((string?)alert["rule"], (string?)alert["state"]).ShouldBe(("ssh-brute-force", "new"));
        (await RecordAsync(there)).ToJsonString().ShouldBe(alert.ToJsonString());
        await Eventually.UntilAsync(async () => (int)(await JsonAsync(one, "/api/search?address=192.0.2.7"))["matches"]! == 8);
        await Eventually.UntilAsync(async () => (int)(await JsonAsync(other, "/api/search?address=192.0.2.7"))["matches"]! == 8);

        // Both have heard of it, and both want to be first.
        var id = (string?)alert["id"];
        await Eventually.UntilAsync(async () => ((JsonArray)await JsonAsync(one, "/api/alerts")).Count == 1 && ((JsonArray)await JsonAsync(other, "/api/alerts")).Count == 1);
        var answers = await Task.WhenAll(AcknowledgeAsync(one, "ann"), AcknowledgeAsync(other, "bob"));
        answers.Order().ShouldBe([HttpStatusCode.OK, HttpStatusCode.Conflict]);
        var first = answers[0] == HttpStatusCode.OK ? "ann" : "bob";
        foreach (var stream in new[] { here, there })
        {
            var acknowledged = await RecordAsync(stream);
            ((string?)acknowledged["state"], (string?)acknowledged["changedBy"]).ShouldBe(("acknowledged", first));
        }

        async Task<HttpStatusCode> AcknowledgeAsync(Sample sample, string by)
        {
            using var answer = await sample.Client.PostAsync(new Uri($"/api/alerts/{id}/acknowledge?by={by}", UriKind.Relative), content: null, Deadline.Token);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_restart_keeps_the_history_and_what_was_half_reached()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        string? id;
        await using (var before = await StartAsync(redis))
        {
            using var alerts = await OpenAsync(before, "/alerts/events");
            await PostLinesAsync(before, BruteForce);
            id = (string?)(await RecordAsync(alerts))["id"];
            await Eventually.UntilAsync(async () => ((JsonArray)await JsonAsync(before, "/api/alerts")).Count == 1);
            await before.PostAsync($"/api/alerts/{id}/acknowledge?by=ann");
            await PostLinesAsync(before, [.. BruteForce[..4].Select(static line => line.Replace("192.0.2.7", "192.0.2.8", StringComparison.Ordinal))]);
            await Eventually.UntilAsync(async () => (await redis.CliAsync("XPENDING", "{dashboard:logs}:log", "correlation")).StartsWith('0'));
        }

        await using var after = await StartAsync(redis);
        using var again = await OpenAsync(after, "/alerts/events?lastEventId=earliest");
        ((string?)(await RecordAsync(again))["state"]).ShouldBe("new");
        ((string?)(await RecordAsync(again))["state"]).ShouldBe("acknowledged");
        await Eventually.UntilAsync(async () => (string?)(await JsonAsync(after, "/api/alerts"))[0]?["state"] == "acknowledged");
        await Eventually.UntilAsync(async () => (int)(await JsonAsync(after, "/api/search"))["matches"]! == 12);
        await after.PostAsync($"/api/alerts/{id}/resolve?by=bob");
        ((string?)(await RecordAsync(again))["state"]).ShouldBe("resolved");

        await PostLinesAsync(after, [.. BruteForce[4..].Select(static line => line.Replace("192.0.2.7", "192.0.2.8", StringComparison.Ordinal))]);

        // Half of its records were correlated by the process before, and what had been raised was not raised again.
        ((string?)(await RecordAsync(again))["address"]).ShouldBe("192.0.2.8");
    }

    [Fact]
    public async Task A_wrong_address_of_redis_stops_the_start()
    {
        await using var program = ProgramUnderTest.Start(
            "dotnet",
            [Repository.PathOf($"samples/SecurityDashboard/bin/{Repository.Configuration}/net10.0/SecurityDashboard.dll"), "--redis", "host,password=hunter2,sssl=true"],
            workingDirectory: SampleRoot);

        (await program.WaitForExitAsync()).ShouldBe(1);

        program.Error.ShouldHaveSingleItem().ShouldStartWith("Redis: ");
        program.Error[0].ShouldNotContain("hunter2");
    }

    private static Task<Sample> StartAsync(RedisUnderTest redis) => Sample.StartAsync("SecurityDashboard", "--redis", $"127.0.0.1:{redis.Port}");

    /// <summary>Opens a stream once the process has read the hub's log.</summary>
    private static async Task<RawStream> OpenAsync(Sample sample, string target)
    {
        await Eventually.UntilAsync(async () =>
        {
            using var stream = await sample.RequestAsync(target);
            return stream.Status == 200;
        });
        return await sample.OpenAsync(target);
    }

    private static async Task PostLinesAsync(Sample sample, string[] lines)
    {
        using var content = new StringContent(string.Join('\n', lines));
        using var answer = await sample.Client.PostAsync(new Uri("/api/logs", UriKind.Relative), content, Deadline.Token);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Deadline.Token));
    }

    private static async Task<JsonNode> JsonAsync(Sample sample, string target) => JsonNode.Parse(await sample.GetAsync(target))!;

    private static async Task<JsonNode> RecordAsync(RawStream stream) => JsonNode.Parse((await stream.EventAsync()).Data!)!;
}
