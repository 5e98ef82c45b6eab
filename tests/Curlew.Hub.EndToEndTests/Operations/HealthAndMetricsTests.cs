using System.Globalization;
using System.Text.RegularExpressions;

namespace Curlew.Hub.EndToEndTests.Operations;

/// <summary>What the hub tells those who run it.</summary>
public sealed partial class HealthAndMetricsTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    private readonly HubUnderTest _hub = fixture.Hub;

    [Theory]
    [InlineData("health/live")]
    [InlineData("health/ready")]
    public async Task Health_IsGreen(string path)
    {
        var answer = await _hub.GetAsync(path);
        (answer.Status, answer.Body).ShouldBe((200, "Healthy"));
    }

    [Fact]
    public async Task Metrics_AreWellFormedPrometheusText_AndNameNoTopic()
    {
        using var stream = await _hub.SubscribeAsync("topic=secret-topic&type=secret-type");
        await _hub.PostAsync("text/plain", "secret-data", "?topic=secret-topic&type=secret-type&key=secret-key");
        await stream.EventAsync();
        using var gap = await _hub.SubscribeAsync("topic=secret-topic", "1-0");
        await gap.EventAsync();

        var answer = await _hub.GetAsync("metrics");

        answer.Status.ShouldBe(200);
        answer.ContentType.ShouldStartWith("text/plain; version=0.0.4");
        answer.Body.ShouldNotContain("secret");
        answer.Body.ShouldNotContain("127.0.0.1:");
        CheckExposition(answer.Body);
        foreach (var name in new[]
        {
            "curlew_connections_active", "curlew_events_published_total", "curlew_events_delivered_total", "curlew_events_replayed_total",
            "curlew_gaps_total", "curlew_send_delay_seconds_count", "curlew_events_retained", "dotnet_timer_count", "dotnet_thread_pool_thread_count_total",
        })
        {
            answer.Body.ShouldMatch($@"\n{name}(\{{[^}}]*\}})? [0-9]");
        }
    }

    [Fact]
    public async Task Metrics_CountWhatHappens()
    {
        await using var hub = await HubUnderTest.StartAsync();
        using (var stream = await hub.SubscribeAsync("topic=a"))
        {
            await hub.PublishBatchAsync("a", ["1", "2", "3"]);
            await hub.PublishAsync("b", "nobody's");
            await stream.DataAsync(3);
            (await hub.MetricAsync("curlew_connections_active")).ShouldBe(1);
        }

        using var replayed = await hub.SubscribeAsync("topic=a&last=2");
        await replayed.DataAsync(2);
        using var gap = await hub.SubscribeAsync("topic=a", "nonsense");
        await gap.EventAsync();

        await Eventually.UntilAsync(async () => await hub.MetricAsync("curlew_connections_closed_total", "ClosedByClient") == 1);
        (await hub.MetricAsync("curlew_events_published_total")).ShouldBe(4);
        (await hub.MetricAsync("curlew_events_retained")).ShouldBe(4);
        (await hub.MetricAsync("curlew_events_replayed_total")).ShouldBe(2);
        (await hub.MetricAsync("curlew_events_delivered_total")).ShouldBeGreaterThanOrEqualTo(5);
        (await hub.MetricAsync("curlew_gaps_total", "malformed")).ShouldBe(1);
        (await hub.MetricAsync("curlew_connections_active")).ShouldBe(2);
    }

    [Theory]
    [InlineData("/events?topic=a", 200)]
    [InlineData("/events", 400)]
    public async Task Head_Ends(string target, int status)
    {
        using var answer = await RawStream.ConnectAsync(_hub.Port, target, new() { Method = "HEAD" }, Deadline.Token);
        answer.Status.ShouldBe(status);
        if (status == 200)
            answer.Headers["Content-Type"].ShouldBe("text/event-stream");
        answer.HasEnded.ShouldBeTrue();
        (await _hub.GetAsync("health/live")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Stream_HeadersAndFirstBlock_AreThereAtOnce()
    {
        using var stream = await _hub.SubscribeAsync("topic=a");

        stream.Headers["Content-Type"].ShouldBe("text/event-stream");
        stream.Headers["Cache-Control"].ShouldBe("no-store, no-transform");
        stream.Headers["X-Accel-Buffering"].ShouldBe("no");
        stream.Headers["X-Content-Type-Options"].ShouldBe("nosniff");
        stream.Headers.GetValueOrDefault("Server").ShouldBeNull();
        var first = await stream.BlockAsync();
        first.Retry.ShouldNotBeNull().ShouldBeInRange(2000, 4000);
        first.Id.ShouldNotBeNullOrEmpty();
        // The keep-alive, after a second here.
        (await stream.BlockAsync()).Id.ShouldNotBeNullOrEmpty();
    }

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*")*)?\})? (?<value>\S+)$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SamplePattern();

    [GeneratedRegex("^# (HELP (?<help>[a-zA-Z_:][a-zA-Z0-9_:]*) .+|TYPE (?<type>[a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram))$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CommentPattern();

    /// <summary>The text format 0.0.4: each line is a comment or a sample, each family stands together below its one TYPE, no series is there twice.</summary>
    private static void CheckExposition(string text)
    {
        text.ShouldEndWith("\n");
        var types = new HashSet<string>(StringComparer.Ordinal);
        var series = new HashSet<string>(StringComparer.Ordinal);
        var family = "";
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith('#'))
            {
                var comment = CommentPattern().Match(line);
                comment.Success.ShouldBeTrue(line);
                if (comment.Groups["type"] is { Success: true, Value: var name })
                {
                    types.Add(name).ShouldBeTrue(line);
                    family = name;
                }

                continue;
            }

            var sample = SamplePattern().Match(line);
            sample.Success.ShouldBeTrue(line);
            sample.Groups["name"].Value.ShouldStartWith(family);
            series.Add(line[..line.LastIndexOf(' ')]).ShouldBeTrue(line);
            var value = sample.Groups["value"].Value;
            (value is "+Inf" or "-Inf" or "NaN" || double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _)).ShouldBeTrue(line);
        }

        types.Count.ShouldBeGreaterThan(20);
    }
}
