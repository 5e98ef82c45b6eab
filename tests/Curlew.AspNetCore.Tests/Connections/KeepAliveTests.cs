namespace Curlew.AspNetCore.Tests.Connections;

public sealed class KeepAliveTests
{
    [Fact]
    public Task An_idle_stream_is_sent_its_position_as_a_block_without_an_event() => WithClock().RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events/quiet");
        var others = await app.Publisher.PublishAsync("busy", "x");
        await app.RoutedAsync();

        var keepAlive = await NextBlockAsync(app, stream);

        keepAlive.IsEvent.ShouldBeFalse();
        keepAlive.Id.ShouldBe(others.ToString());
        keepAlive.Retry.ShouldBeNull();
        keepAlive.Comment.ShouldBeNull();

        // The client that comes back with it misses nothing, and is told of no gap.
        stream.Abort();
        await app.Publisher.PublishAsync("quiet", "while away");
        using var again = await app.OpenAsync("/events/quiet", ("Last-Event-ID", stream.LastEventId));
        (await again.EventAsync()).Data.ShouldBe("while away");
    });

    [Fact]
    public Task A_stream_that_is_not_idle_is_sent_none() => WithClock().RunAsync(static async app =>
    {
        using var busy = await app.OpenAsync("/events/busy");
        using var idle = await app.OpenAsync("/events/idle");
        for (var i = 0; i < 20; i++)
        {
            // Each time most of the interval, so that the idle one is due every other time.
            app.Clock.Advance(TimeSpan.FromSeconds(10));
            await app.Publisher.PublishAsync("busy", $"{i}");
            (await busy.BlockAsync()).Data.ShouldBe($"{i}");
            // The client may have it before the server has noted that it was sent.
            var now = app.Provider.GetRequiredService<ConnectionClock>().Now;
            await Eventually.UntilAsync(() => app.Connections.Snapshot().Single(static stream => stream.EventsSent > 0).LastWrite >= now);
        }

        (await idle.BlockAsync()).IsEvent.ShouldBeFalse();
    });

    [Fact]
    public Task Keep_alives_go_on_for_as_long_as_the_stream_is_idle() => WithClock().RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events/quiet");
        for (var i = 0; i < 5; i++)
            (await NextBlockAsync(app, stream)).Id.ShouldBe(stream.LastEventId);
    });

    [Fact]
    public Task Without_history_a_keep_alive_is_a_comment() => WithClock(static hub => hub.History = false).RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events/quiet");
        var keepAlive = await NextBlockAsync(app, stream);
        keepAlive.Comment.ShouldNotBeNull();
        keepAlive.Id.ShouldBeNull();
        keepAlive.IsEvent.ShouldBeFalse();
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_quiet_topic_in_a_busy_hub_resumes_without_a_gap_once_its_last_event_is_trimmed(bool hasHadAnEvent) => WithClock(static hub => hub.Retention.MaxEvents = 100).RunAsync(
        async app =>
        {
            using var stream = await app.OpenAsync("/events/quiet");
            if (hasHadAnEvent)
            {
                await app.Publisher.PublishAsync("quiet", "last");
                (await stream.EventAsync()).Data.ShouldBe("last");
            }

            var last = stream.LastEventId;
            // No time passes, so no keep-alive is due: only the retention moves, ten times round.
            for (var i = 0; i < 1000; i++)
                await app.Publisher.PublishAsync("busy", "x");
            await app.RoutedAsync();
            var trimmed = (await app.Hub.Log.GetBoundsAsync(Deadline.Token)).TrimmedThrough;
            Protocol.EventId.Parse(last).ShouldBeLessThan(trimmed);
            while (Protocol.EventId.Parse(stream.LastEventId) < trimmed)
                (await stream.BlockAsync()).IsEvent.ShouldBeFalse();
            stream.Abort();
            await app.Publisher.PublishAsync("quiet", "while away");

            using var again = await app.OpenAsync("/events/quiet", ("Last-Event-ID", stream.LastEventId));
            (await again.EventAsync()).Data.ShouldBe("while away");
        });

    [Fact]
    public Task A_stream_that_searches_a_long_log_in_vain_is_sent_the_position_it_has_searched() => new StreamApp
    {
        Time = new ManualTimeProvider(),
        HubOptions = static hub => hub.WindowBytes = 1,
        Curlew = RemoteLog.Use,
    }.RunAsync(static async app =>
    {
        var ids = new List<string>();
        for (var i = 0; i < 2000; i++)
            ids.Add((await app.Publisher.PublishAsync("busy", "x")).ToString());
        await app.RoutedAsync();
        var log = (RemoteLog)app.Hub.Log;
        log.IsSlow = true;
        using var stream = await app.OpenAsync("/events/quiet", ("Last-Event-ID", ids[0]));
        await Eventually.UntilAsync(() => log.Asked == 1);
        app.Clock.Advance(TimeSpan.FromSeconds(20));

        // One page of the log, in which there is nothing for the client.
        log.LetPage();

        var keepAlive = await stream.BlockAsync();
        keepAlive.IsEvent.ShouldBeFalse();
        ids.IndexOf(keepAlive.Id!).ShouldBeInRange(1, 1998);
    });

    [Fact]
    public Task Positions_never_skip_an_event_however_keep_alives_and_events_meet() => new StreamApp
    {
        Options = static options => options.KeepAlive = TimeSpan.FromMilliseconds(100),
    }.RunAsync(static async app =>
    {
        // A client that is cut at whatever block it has just read, comes back, and counts.
        var (random, cuts) = (new Random(7), new Random(8));
        var stream = await app.OpenAsync("/events/mine");
        var publishing = Task.Run(async () =>
        {
            for (var i = 0; i < 400; i++)
            {
                await app.Publisher.PublishAsync("other", "x");
                await app.Publisher.PublishAsync("mine", $"{i}");
                if (i % 20 == 0)
                    await Task.Delay(TimeSpan.FromMilliseconds(random.Next(60)), TimeProvider.System, Deadline.Token);
            }
        });
        var next = 0;
        while (next < 400)
        {
            var block = await stream.BlockAsync();
            if (block.IsEvent)
                block.Data.ShouldBe($"{next++}");
            if (cuts.Next(10) > 0)
                continue;
            stream.Abort();
            stream = await app.OpenAsync("/events/mine", ("Last-Event-ID", stream.LastEventId));
        }

        stream.Dispose();
        await publishing;
    });

    private static StreamApp WithClock(Action<HubOptions>? hub = null) => new() { Time = new ManualTimeProvider(), HubOptions = hub ?? (static _ => { }) };

    /// <summary>Lets time pass until the stream has a block.</summary>
    private static async Task<StreamBlock> NextBlockAsync(StreamApp app, RawStream stream)
    {
        var reading = stream.BlockAsync();
        await Eventually.UntilAsync(() =>
        {
            app.Clock.Advance(TimeSpan.FromSeconds(1));
            return reading.IsCompleted;
        });
        return await reading;
    }
}
