using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Curlew.AspNetCore.Tests.Connections;

public sealed class EventStreamConnectionsTests
{
    // A clock that stands at its start tells a timestamp of 1, not 0.
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(2);

    [Fact]
    public Task A_stream_of_a_hub_is_listed_with_all_that_is_known_of_it() => Users(new ManualTimeProvider()).RunAsync(static async app =>
    {
        var opened = app.Clock.GetUtcNow();
        using var stream = await app.OpenAsync("/orders/42/events?type=paid&type=gone&access_token=secret", ("X-User", "ann"), ("X-Team", "red"));
        app.Clock.Advance(TimeSpan.FromSeconds(5));
        await app.Publisher.PublishAsync("orders/42", "1", type: "paid");
        await app.Publisher.PublishAsync("orders/42", "no", type: "other");
        var last = await app.Publisher.PublishAsync("orders/42", "22", type: "paid");
        await stream.DataAsync(2);
        await Eventually.UntilAsync(() => List(app).Single().PendingWrite == TimeSpan.Zero);

        var listed = List(app).ShouldHaveSingleItem();
        (listed.Hub, listed.Route, listed.Path).ShouldBe(("default", "/orders/{id}/events", "/orders/42/events"));
        listed.Topics.ShouldBe(["orders/42"]);
        listed.Types.ShouldBe(["paid", "gone"], ignoreOrder: true);
        listed.Age.ShouldBe(TimeSpan.FromSeconds(5), Tick);
        listed.OpenedAt.ShouldBe(opened, Tick);
        listed.LastEventId.ShouldBe(last.ToString());
        (listed.IsLive, listed.Lag, listed.QueuedEvents).ShouldBe((true, TimeSpan.Zero, 0));
        listed.EventsSent.ShouldBe(2);
        listed.BytesSent.ShouldBe($"id: {last}\nevent: paid\ndata: 1\n\n".Length + $"id: {last}\nevent: paid\ndata: 22\n\n".Length);
        (listed.RemoteAddress, listed.UserId).ShouldBe(("127.0.0.1", "ann"));
        listed.User.ShouldNotBeNull().HasClaim("team", "red").ShouldBeTrue();
        listed.CloseReason.ShouldBe(CloseReason.None);
        Connections(app).Count.ShouldBe(1);

        var json = JsonSerializer.Serialize(List(app), JsonSerializerOptions.Web);
        json.ShouldContain("\"topics\":[\"orders/42\"]");
        json.ShouldNotContain("secret");
    });

    [Fact]
    public Task A_keep_alive_moves_the_last_id() => Users(new ManualTimeProvider()).RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/orders/1/events");
        var joined = List(app).Single().LastEventId;
        var elsewhere = await app.Publisher.PublishAsync("orders/2", "x");
        await app.RoutedAsync();
        List(app).Single().LastEventId.ShouldBe(joined);

        app.Clock.Advance(TimeSpan.FromSeconds(16));

        (await stream.BlockAsync()).Id.ShouldBe(elsewhere.ToString());
        List(app).Single().LastEventId.ShouldBe(elsewhere.ToString());
    });

    [Fact]
    public Task A_stream_of_one_request_is_listed_beside_them() => new StreamApp
    {
        Map = static app => app.MapGet("/count", static () => TypedResults.EventStream(CountAsync)),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/count");
        await stream.DataAsync(3);
        await Eventually.UntilAsync(() => List(app).Single().EventsSent == 3);

        var listed = List(app).ShouldHaveSingleItem();
        (listed.Hub, listed.Route, listed.Path, listed.LastEventId, listed.UserId).ShouldBe((null, "/count", "/count", null, null));
        listed.Topics.ShouldBeEmpty();
        listed.Types.ShouldBeEmpty();
        (listed.IsLive, listed.Lag).ShouldBe((true, TimeSpan.Zero));
        listed.BytesSent.ShouldBe(3 * "data: 0\n\n".Length);
    });

    [Fact]
    public Task A_slow_stream_shows_how_far_it_is_behind_and_how_long_its_write_is_stuck() => new StreamApp
    {
        Time = new ManualTimeProvider(),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events/news", StalledReader.Options);
        using var reader = await app.OpenAsync("/events/other");
        await StalledReader.FillAsync(app, data => app.Publisher.PublishAsync("news", data).AsTask());
        await app.RoutedAsync();
        app.Clock.Advance(TimeSpan.FromSeconds(3));
        await app.Publisher.PublishAsync("news", "queued");
        await app.RoutedAsync();

        var slow = List(app).Single(static listed => listed.Topics[0] == "news");
        slow.PendingWrite.ShouldBe(TimeSpan.FromSeconds(3), Tick);
        slow.QueuedEvents.ShouldBeGreaterThan(0);
        slow.IsLive.ShouldBeTrue();
        app.Clock.Advance(TimeSpan.FromSeconds(4));
        for (var i = 0; i < 20; i++)
            await app.Publisher.PublishAsync("news", new string('x', 20 * 1024));
        await app.RoutedAsync();

        // Its queue has overflowed since.
        slow = List(app).Single(static listed => listed.Topics[0] == "news");
        slow.IsLive.ShouldBeFalse();
        slow.QueuedEvents.ShouldBe(0);
        slow.Lag.ShouldBe(TimeSpan.FromSeconds(7));
        var other = List(app).Single(static listed => listed.Topics[0] == "other");
        (other.IsLive, other.Lag, other.PendingWrite).ShouldBe((true, TimeSpan.Zero, TimeSpan.Zero));
    });

    [Fact]
    public Task What_was_listed_stays_as_it_was_when_the_connection_serves_other_requests() => Users(TimeProvider.System).RunAsync(static async app =>
    {
        using var client = app.CreateClient();
        EventStreamConnectionInfo first;
        for (var i = 0; ; i++)
        {
            using var response = await client.GetAsync($"/orders/{i}/events", HttpCompletionOption.ResponseHeadersRead, Deadline.Token);
            var listed = List(app).Single(listed => listed.Path == $"/orders/{i}/events");
            first = listed;
            Connections(app).Close(listed.Id, "next").ShouldBeTrue();
            await response.Content.CopyToAsync(Stream.Null, Deadline.Token);
            if (i == 3)
                break;
        }

        using var other = await client.GetAsync("/orders/other/events?type=x", HttpCompletionOption.ResponseHeadersRead, Deadline.Token);
        (first.Path, first.Topics[0], first.Route, first.Types.Count, first.RemoteAddress).ShouldBe(("/orders/3/events", "orders/3", "/orders/{id}/events", 0, "127.0.0.1"));
    });

    [Fact]
    public Task One_is_closed_by_its_id_with_a_clean_end_and_goes_on_where_it_was() => Users(TimeProvider.System).RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/orders/1/events");
        using var other = await app.OpenAsync("/orders/1/events");
        var ids = List(app).OrderBy(static listed => long.Parse(listed.Id.Split('-')[1], CultureInfo.InvariantCulture)).Select(static listed => listed.Id).ToList();

        Connections(app).Close("0-1", "of another process").ShouldBeFalse();
        Connections(app).Close(ids[0], "maintenance").ShouldBeTrue();

        var blocks = await stream.RestAsync();
        blocks[^1].Retry.ShouldNotBeNull();
        stream.HasEnded.ShouldBeTrue();
        await Eventually.UntilAsync(() => Connections(app).Count == 1);
        Connections(app).Close(ids[0], "again").ShouldBeFalse();
        await app.Publisher.PublishAsync("orders/1", "missed");
        (await other.EventAsync()).Data.ShouldBe("missed");
        using var again = await app.OpenAsync("/orders/1/events", ("Last-Event-ID", stream.LastEventId));
        (await again.EventAsync()).Data.ShouldBe("missed");
        List(app).ShouldNotContain(listed => listed.Id == ids[0]);

        app.Log.Entries.ShouldContain(static entry => entry.Level == LogLevel.Information && entry.Message == "Closed 1 event streams: maintenance");
        app.Log.Entries.ShouldContain(entry => entry.Level == LogLevel.Debug && entry.Message == $"Closed the event stream {ids[0]} of hub '': maintenance");
        app.Log.Entries.ShouldContain(static entry => CloseReason.ClosedByApplication.Equals(entry.Values.GetValueOrDefault("Reason")));
        app.Log.Entries.ShouldNotContain(static entry => entry.Message.Contains("again", StringComparison.Ordinal));
    });

    [Fact]
    public Task All_of_a_user_are_closed_also_one_that_has_yet_to_begin() => new StreamApp
    {
        Curlew = RemoteLog.Use,
        Services = HeaderAuthentication.Add,
        Map = static app => app.MapEventStream("/events/{topic}", "{topic}"),
    }.RunAsync(static async app =>
    {
        using var first = await app.OpenAsync("/events/a", ("X-User", "ann"));
        using var other = await app.OpenAsync("/events/a", ("X-User", "bob"));
        var log = (RemoteLog)app.Hub.Log;
        var bounds = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        log.Bounds = bounds.Task;
        // An id that this process has not read: the hub asks the log.
        var opening = app.SendAsync("/events/a", ("X-User", "ann"), ("Last-Event-ID", "9999999999999-0"));
        await Eventually.UntilAsync(() => Connections(app).CountUser("ann") == 2 && List(app).Count == 3);
        List(app).Single(static listed => listed.LastEventId is null).IsLive.ShouldBeFalse();

        Connections(app).CloseUser("ann", "signed out").ShouldBe(2);
        bounds.SetResult();

        (await first.RestAsync())[^1].Retry.ShouldNotBeNull();
        using var begun = await opening;
        (await begun.RestAsync()).ShouldAllBe(static block => !block.IsEvent || block.Type == "gap");
        await Eventually.UntilAsync(() => Connections(app).Count == 1);
        Connections(app).IsUserConnected("ann").ShouldBeFalse();
        await app.Publisher.PublishAsync("a", "bob's");
        (await other.EventAsync()).Data.ShouldBe("bob's");
    });

    [Fact]
    public Task Those_that_match_are_closed_of_either_kind_and_a_source_is_told()
    {
        var completed = new TaskCompletionSource<CloseReason>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new StreamApp
        {
            Services = HeaderAuthentication.Add,
            Map = app =>
            {
                app.MapEventStream("/events/{topic}", "{topic}");
                app.MapGet("/count", () => TypedResults.EventStream(CountAsync, new EventStreamOptions
                {
                    OnCompleted = completion =>
                    {
                        completed.SetResult(completion.Reason);
                        return Task.CompletedTask;
                    },
                }));
            },
        }.RunAsync(async app =>
        {
            using var red = await app.OpenAsync("/events/a", ("X-User", "ann"), ("X-Team", "red"));
            using var counting = await app.OpenAsync("/count", ("X-User", "bob"), ("X-Team", "red"));
            using var blue = await app.OpenAsync("/events/a", ("X-User", "ann"), ("X-Team", "blue"));
            using var anonymous = await app.OpenAsync("/events/a");

            Connections(app).CloseWhere(static listed => listed.User?.HasClaim("team", "red") == true, "team dissolved").ShouldBe(2);

            (await red.RestAsync())[^1].Retry.ShouldNotBeNull();
            (await counting.RestAsync())[^1].Retry.ShouldNotBeNull();
            (await completed.Task.WaitAsync(Deadline.Token)).ShouldBe(CloseReason.ClosedByApplication);
            await Eventually.UntilAsync(() => Connections(app).Count == 2);
            List(app).ShouldAllBe(static listed => listed.CloseReason == CloseReason.None);
        });
    }

    [Fact]
    public Task A_client_that_does_not_read_is_cut_by_the_write_timeout_and_listed_as_closing_until_then() => new StreamApp
    {
        Time = new ManualTimeProvider(),
    }.RunAsync(static async app =>
    {
        using var stuck = await app.OpenAsync("/events/news", StalledReader.Options);
        await StalledReader.FillAsync(app, data => app.Publisher.PublishAsync("news", data).AsTask());

        Connections(app).Close(List(app).Single().Id, "stuck").ShouldBeTrue();
        List(app).Single().CloseReason.ShouldBe(CloseReason.ClosedByApplication);
        app.Clock.Advance(TimeSpan.FromSeconds(11));

        await Eventually.UntilAsync(() => Connections(app).Count == 0);
    });

    [Fact]
    public Task Users_and_topics_are_counted() => Users(TimeProvider.System).RunAsync(static async app =>
    {
        var connections = Connections(app);
        using var one = await app.OpenAsync("/orders/1/events", ("X-User", "ann"));
        using var two = await app.OpenAsync("/orders/2/events", ("X-User", "ann"));
        using var all = await app.OpenAsync("/all", ("X-User", "bob"));
        using var audit = await app.OpenAsync("/audit");

        (connections.CountUser("ann"), connections.CountUser("bob"), connections.CountUser("eve")).ShouldBe((2, 1, 0));
        (connections.IsUserConnected("bob"), connections.IsUserConnected("eve")).ShouldBe((true, false));
        (connections.CountTopic("orders/1"), connections.CountTopic("orders/3"), connections.CountTopic("other")).ShouldBe((2, 1, 0));
        (connections.CountTopic("orders/1", "audit"), connections.CountTopic("records", "audit")).ShouldBe((0, 1));

        one.Abort();
        await Eventually.UntilAsync(() => connections.CountUser("ann") == 1);
        connections.CountTopic("orders/1").ShouldBe(1);
    });

    [Fact]
    public Task One_counts_for_its_topic_from_when_it_receives_what_is_published() => new StreamApp
    {
        Curlew = RemoteLog.Use,
        Map = static app => app.MapEventStream("/events/{topic}", "{topic}"),
    }.RunAsync(static async app =>
    {
        var bounds = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ((RemoteLog)app.Hub.Log).Bounds = bounds.Task;
        // An id that this process has not read: the hub asks the log.
        var opening = app.SendAsync("/events/a", ("Last-Event-ID", "9999999999999-0"));
        await Eventually.UntilAsync(() => List(app).Count == 1);
        (Connections(app).Count, Connections(app).CountTopic("a")).ShouldBe((1, 0));

        bounds.SetResult();
        await Eventually.UntilAsync(() => Connections(app).CountTopic("a") == 1);
        await app.Publisher.PublishAsync("a", "published");
        using var stream = await opening;
        while ((await stream.EventAsync()).Data != "published")
        {
            // The gap that tells of the id.
        }
    });

    [Fact]
    public Task Nothing_is_closed_without_a_reason() => new StreamApp().RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events/news");
        Should.Throw<ArgumentException>(() => Connections(app).CloseWhere(static _ => true, " "));
        Should.Throw<ArgumentException>(() => Connections(app).CloseUser("", "x"));
        List(app).Single().CloseReason.ShouldBe(CloseReason.None);
    });

    [Fact]
    public Task Listing_while_streams_come_and_go_shows_each_whole() => Users(TimeProvider.System).RunAsync(static async app =>
    {
        var isDone = false;
        var listing = Task.Run(
            () =>
            {
                var seen = 0;
                while (!Volatile.Read(ref isDone))
                {
                    foreach (var listed in List(app))
                    {
                        listed.Path.ShouldBe($"/{listed.Topics[0]}/events");
                        listed.UserId.ShouldBe(listed.Topics[0]["orders/".Length..]);
                        seen++;
                    }
                }

                return seen;
            },
            Deadline.Token);
        for (var i = 0; i < 300; i++)
        {
            using var stream = await app.OpenAsync($"/orders/{i}/events", ("X-User", $"{i}"));
            if (i % 2 == 0)
                stream.Abort();
        }

        Volatile.Write(ref isDone, true);
        (await listing).ShouldBeGreaterThan(0);
        await app.ShouldHoldNothingAsync();
    });

    private static IEventStreamConnections Connections(StreamApp app) => app.Provider.GetRequiredService<IEventStreamConnections>();

    private static IReadOnlyList<EventStreamConnectionInfo> List(StreamApp app) => Connections(app).List();

    private static async Task CountAsync(EventStreamWriter stream, CancellationToken cancel)
    {
        for (var i = 0; i < 3; i++)
            await stream.SendAsync($"{i}");
        await Task.Delay(Timeout.Infinite, cancel);
    }

    private static StreamApp Users(TimeProvider time) => new()
    {
        Time = time,
        Services = HeaderAuthentication.Add,
        Curlew = static curlew => curlew.AddHub("audit"),
        Map = static app =>
        {
            app.MapEventStream("/orders/{id}/events", "orders/{id}");
            app.MapEventStream("/all", stream => stream.Pattern("orders/**"));
            app.MapEventStream("/audit", "records", "audit");
        },
    };
}
