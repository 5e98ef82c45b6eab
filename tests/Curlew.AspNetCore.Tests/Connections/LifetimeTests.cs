namespace Curlew.AspNetCore.Tests.Connections;

public sealed class LifetimeTests
{
    [Fact]
    public Task A_stream_that_is_old_enough_ends_with_a_retry_and_goes_on_elsewhere() => new StreamApp
    {
        Time = new ManualTimeProvider(),
        Options = static options => options.MaxConnectionAge = TimeSpan.FromSeconds(100),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events/news");
        var connection = app.Connections.Snapshot().ShouldHaveSingleItem();
        await Eventually.UntilAsync(() => connection.FlushingSince == 0);
        // The age varies by a tenth either way. Ticks come on this thread.
        app.Clock.Advance(TimeSpan.FromSeconds(89));
        connection.Reason.ShouldBe(CloseReason.None);
        app.Clock.Advance(TimeSpan.FromSeconds(22));
        connection.Reason.ShouldBe(CloseReason.MaxAge);

        var blocks = await stream.RestAsync();
        blocks[^1].Retry.ShouldNotBeNull();
        blocks.ShouldAllBe(static block => !block.IsEvent);
        stream.HasEnded.ShouldBeTrue();
        await app.Publisher.PublishAsync("news", "later");
        using var again = await app.OpenAsync("/events/news", ("Last-Event-ID", stream.LastEventId));
        (await again.EventAsync()).Data.ShouldBe("later");
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_client_that_leaves_an_idle_stream_is_noticed(bool byReset) => new StreamApp { Time = new ManualTimeProvider() }.RunAsync(async app =>
    {
        // Time stands still: no keep-alive finds out.
        using var stream = await app.OpenAsync("/events/news");
        if (byReset)
            stream.Abort();
        else
            stream.Dispose();
        await app.ShouldHoldNothingAsync();
        app.Log.Entries.ShouldContain(static entry => CloseReason.ClosedByClient.Equals(entry.Values.GetValueOrDefault("Reason")));
    });

    [Fact]
    public Task A_thousand_streams_opened_and_reset_over_HTTP2_leave_nothing_behind() => new StreamApp().RunAsync(static async app =>
    {
        using var client = app.CreateClient(version: 2);
        var opened = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 50, CancellationToken = Deadline.Token }, async (i, cancel) =>
        {
            try
            {
                // Half are reset once they run, half while they open.
                using var early = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                var opening = client.GetAsync($"/events/{i}", HttpCompletionOption.ResponseHeadersRead, early.Token);
                if (i % 2 == 0)
                    await early.CancelAsync();
                using var response = await opening;
                Interlocked.Increment(ref opened);
            }
            catch (Exception e) when (e is OperationCanceledException or HttpRequestException && !cancel.IsCancellationRequested)
            {
                // Reset by the client, or refused by a server that defends itself.
            }
        });
        opened.ShouldBeGreaterThanOrEqualTo(400);
        await app.ShouldHoldNothingAsync();
        using var stream = await app.OpenAsync("/events/news");
    });

    [Fact]
    public Task Two_hundred_idle_streams_have_no_more_timers_than_one() => new StreamApp { Time = new ManualTimeProvider() }.RunAsync(static async app =>
    {
        var streams = new List<RawStream> { await app.OpenAsync("/events/news") };
        var timers = app.Clock.ActiveTimers;
        for (var i = 1; i < 200; i++)
            streams.Add(await app.OpenAsync("/events/news"));
        app.Clock.ActiveTimers.ShouldBe(timers);

        // Nor once they have been live and kept alive.
        await app.Publisher.PublishAsync("news", "x");
        foreach (var stream in streams)
            (await stream.EventAsync()).Data.ShouldBe("x");
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        app.Clock.ActiveTimers.ShouldBe(timers);
        streams.ForEach(static stream => stream.Dispose());
    });

    [Fact]
    public Task A_store_that_cannot_be_reached_is_a_503_that_time_heals() => new StreamApp { Curlew = RemoteLog.Use }.RunAsync(static async app =>
    {
        using var live = await app.OpenAsync("/events/news");
        ((RemoteLog)app.Hub.Log).IsAway = true;
        using var refused = await app.SendAsync("/events/news", ("Last-Event-ID", "1-0"));
        await refused.ShouldBeRefusedAsync(503);
        refused.Headers.ContainsKey("Retry-After").ShouldBeTrue();
        app.Connections.Count.ShouldBe(1);
        app.Hub.SubscriptionCount.ShouldBe(1);
        await app.Publisher.PublishAsync("news", "live goes on");
        (await live.EventAsync()).Data.ShouldBe("live goes on");
    });

    [Fact]
    public Task A_replay_whose_store_goes_away_ends_with_a_retry_and_resumes_when_it_is_back() => new StreamApp
    {
        HubOptions = static hub => hub.WindowBytes = 1,
        Curlew = RemoteLog.Use,
    }.RunAsync(static async app =>
    {
        for (var i = 0; i < 2000; i++)
            await app.Publisher.PublishAsync("news", $"{i}");
        await app.RoutedAsync();
        var log = (RemoteLog)app.Hub.Log;
        log.IsSlow = true;
        using var stream = await app.OpenAsync("/events/news?lastEventId=earliest");
        log.LetPage();
        (await stream.DataAsync(10)).ShouldBe(Enumerable.Range(0, 10).Select(static i => $"{i}"));
        await Eventually.UntilAsync(() => log.Asked == 2);
        log.IsAway = true;
        log.LetPage();

        var blocks = await stream.RestAsync();
        blocks[^1].Retry.ShouldNotBeNull();
        blocks[^1].IsEvent.ShouldBeFalse();
        await Eventually.UntilAsync(() => app.Log.Entries.Any(static entry => entry.Values.GetValueOrDefault("Reason") is CloseReason.LogUnavailable));

        log.IsAway = log.IsSlow = false;
        using var again = await app.OpenAsync("/events/news", ("Last-Event-ID", stream.LastEventId));
        (await again.EventAsync()).Data.ShouldBe($"{10 + blocks.Count - 1}");
    });

    [Fact]
    public Task A_store_that_is_away_when_the_host_starts_is_waited_for() => new StreamApp
    {
        Curlew = static curlew => RemoteLog.Use(curlew, isDown: true),
        Services = static builder => builder.Services.AddHealthChecks().AddCurlew(),
        Map = static app =>
        {
            app.MapEventStream("/events/{topic}", "{topic}");
            app.MapHealthChecks("/health");
        },
        Expects = static problem => problem.EventName == "LogAway" || IsHealth(problem),
    }.RunAsync(static async app =>
    {
        using var refused = await app.SendAsync("/events/news");
        await refused.ShouldBeRefusedAsync(503);
        refused.Headers.ContainsKey("Retry-After").ShouldBeTrue();
        (await HealthAsync(app)).ShouldBe("Unhealthy");

        ((RemoteLog)app.Hub.Log).IsDown = false;
        await Eventually.UntilAsync(async () => await HealthAsync(app) == "Healthy");
        using var stream = await app.OpenAsync("/events/news");
        await app.Publisher.PublishAsync("news", "back");
        (await stream.EventAsync()).Data.ShouldBe("back");
        app.Log.Entries.Count(static entry => entry.EventName == "LogAway").ShouldBe(1, "An outage is told once.");
    });

    [Fact]
    public Task Streams_stay_open_while_the_store_is_away_say_so_and_miss_nothing() => new StreamApp
    {
        Options = static options => options.KeepAlive = TimeSpan.FromMilliseconds(100),
        Curlew = RemoteLog.Use,
        Services = static builder => builder.Services.AddHealthChecks().AddCurlew(),
        Map = static app =>
        {
            app.MapEventStream("/events/{topic}", "{topic}");
            app.MapHealthChecks("/health");
        },
        Expects = static problem => problem.EventName == "LogAway" || IsHealth(problem),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events/news");
        var log = (RemoteLog)app.Hub.Log;
        await app.Publisher.PublishAsync("news", "before");
        (await stream.EventAsync()).Data.ShouldBe("before");

        log.IsDown = true;
        await Eventually.UntilAsync(async () => await HealthAsync(app) == "Degraded");
        while ((await stream.BlockAsync()).Comment != "the event log cannot be reached; events follow once it is back")
        {
            // Keep-alives from before the outage.
        }

        for (var i = 0; i < 10; i++)
            await app.Publisher.PublishAsync("news", $"{i}");

        log.IsDown = false;
        (await stream.DataAsync(10)).ShouldBe(Enumerable.Range(0, 10).Select(static i => $"{i}"));
        (await HealthAsync(app)).ShouldBe("Healthy");
        app.Log.Entries.Count(static entry => entry.EventName is "LogAway" or "LogBack").ShouldBe(2);
    });

    [Fact]
    public Task Health_is_degraded_while_publishing_would_fail_although_the_tail_reads() => new StreamApp
    {
        Curlew = RemoteLog.Use,
        Services = static builder => builder.Services.AddHealthChecks().AddCurlew(),
        Map = static app => app.MapHealthChecks("/health"),
        Expects = IsHealth,
    }.RunAsync(static async app =>
    {
        await Eventually.UntilAsync(async () => await HealthAsync(app) == "Healthy");
        var log = (RemoteLog)app.Hub.Log;

        log.Trouble = "It takes no events.";
        (await HealthAsync(app)).ShouldBe("Degraded");
        app.Hub.Trouble.ShouldBeNull("The tail goes on.");

        log.Trouble = null;
        (await HealthAsync(app)).ShouldBe("Healthy");
    });

    private static bool IsHealth(LogEntry problem) => problem.Category.StartsWith("Microsoft.Extensions.Diagnostics.HealthChecks", StringComparison.Ordinal);

    private static async Task<string> HealthAsync(StreamApp app)
    {
        using var answer = await app.SendAsync("/health");
        return await answer.ReadToEndAsync(Deadline.Token);
    }
}
