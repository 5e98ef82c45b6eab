using System.Globalization;
using System.Net;

namespace Curlew.AspNetCore.Tests.Connections;

public sealed class LimitTests
{
    [Fact]
    public Task Beyond_the_limit_of_all_streams_the_new_one_is_refused_and_a_place_comes_back() => new StreamApp { Options = static options => options.MaxConnections = 2 }.RunAsync(
        static async app =>
        {
            using var first = await app.OpenAsync("/events/a");
            using var second = await app.OpenAsync("/events/b");
            using var refused = await app.SendAsync("/events/c");
            await refused.ShouldBeRefusedAsync(503);
            // Three times the reconnect delay, with its jitter.
            int.Parse(refused.Headers["Retry-After"], CultureInfo.InvariantCulture).ShouldBeInRange(6, 12);

            await app.Publisher.PublishAsync("a", "still here");
            (await first.EventAsync()).Data.ShouldBe("still here");
            second.Abort();
            await Eventually.UntilAsync(() => app.Connections.Count == 1);
            using var third = await app.OpenAsync("/events/c");
        });

    [Fact]
    public Task Beyond_the_limit_of_an_address_only_that_address_is_refused() => new StreamApp { Options = static options => options.MaxConnectionsPerAddress = 1 }.RunAsync(
        static async app =>
        {
            var elsewhere = new RawStreamOptions { LocalAddress = IPAddress.Parse("127.0.0.2") };
            using var first = await app.OpenAsync("/events/a");
            using var refused = await app.SendAsync("/events/a");
            await refused.ShouldBeRefusedAsync(429);
            refused.Headers.ContainsKey("Retry-After").ShouldBeTrue();
            using var other = await app.OpenAsync("/events/a", elsewhere);
            using var otherRefused = await app.SendAsync("/events/a", elsewhere);
            otherRefused.Status.ShouldBe(429);
            first.Abort();
            await Eventually.UntilAsync(() => app.Connections.Count == 1);
            using var again = await app.OpenAsync("/events/a");
        });

    [Fact]
    public Task Beyond_the_limit_of_a_user_only_that_user_is_refused() => Users(static options => options.MaxConnectionsPerUser = 2).RunAsync(static async app =>
    {
        using var first = await app.OpenAsync("/me", ("X-User", "7"));
        using var second = await app.OpenAsync("/me", ("X-User", "7"));
        using var refused = await app.SendAsync("/me", ("X-User", "7"));
        await refused.ShouldBeRefusedAsync(429);
        using var other = await app.OpenAsync("/me", ("X-User", "8"));
        second.Abort();
        await Eventually.UntilAsync(() => app.Connections.Count == 2);
        using var again = await app.OpenAsync("/me", ("X-User", "7"));
    });

    [Fact]
    public Task Before_a_user_is_refused_the_users_own_stuck_streams_are_closed() => new StreamApp
    {
        Time = new ManualTimeProvider(),
        Services = HeaderAuthentication.Add,
        Options = static options => options.MaxConnectionsPerUser = 1,
        Map = static app => app.MapEventStream("/me", stream => stream.User()),
    }.RunAsync(static async app =>
    {
        using var stuck = await app.OpenAsync("/me", StalledReader.Options with { Headers = [("X-User", "7")] });
        await StalledReader.FillAsync(app, data => app.Publisher.PublishToUserAsync("7", data).AsTask());
        using var refused = await app.SendAsync("/me", ("X-User", "7"));
        refused.Status.ShouldBe(429);

        app.Clock.Advance(TimeSpan.FromSeconds(3));

        using var stream = await app.OpenAsync("/me", ("X-User", "7"));
        await Eventually.UntilAsync(() => app.Connections.Count == 1);
        await Eventually.UntilAsync(() => app.Log.Entries.Any(static entry => entry.Values.GetValueOrDefault("Reason") is CloseReason.Superseded));
        await app.Publisher.PublishToUserAsync("7", "new");
        (await stream.EventAsync()).Data.ShouldBe("new");
    });

    [Fact]
    public Task A_refusal_may_be_a_stream_that_says_retry_and_ends() => new StreamApp
    {
        Options = static options => (options.MaxConnections, options.Busy) = (1, BusyResponse.Retry),
    }.RunAsync(static async app =>
    {
        using var first = await app.OpenAsync("/events/a");
        using var refused = await app.SendAsync("/events/a", ("Last-Event-ID", "1-0"));
        refused.Status.ShouldBe(200);
        refused.Headers["Content-Type"].ShouldBe("text/event-stream");
        refused.Headers["Cache-Control"].ShouldBe("no-store, no-transform");
        var block = (await refused.RestAsync()).ShouldHaveSingleItem();
        block.Retry!.Value.ShouldBeInRange(6000, 12000);
        block.Id.ShouldBeNull();
        block.IsEvent.ShouldBeFalse();

        // A fault of the request is no matter of time.
        using var bad = await app.SendAsync("/events/*");
        await bad.ShouldBeRefusedAsync(400, "topic");
    });

    [Fact]
    public Task Five_hundred_clients_that_come_and_go_leave_nothing_behind() => Users(static _ => { }).RunAsync(static async app =>
    {
        var random = new Random(3);
        for (var i = 0; i < 500; i++)
        {
            var stream = await app.SendAsync($"/me?{(i % 3 == 0 ? "lastEventId=earliest" : "type=a")}", ("X-User", $"{random.Next(50)}"));
            if (i % 2 == 0)
                await app.Publisher.BroadcastAsync("x");
            if (i % 3 > 0)
                stream.Abort();
            stream.Dispose();
        }

        await app.ShouldHoldNothingAsync();
    });

    private static StreamApp Users(Action<CurlewOptions> options) => new()
    {
        Services = HeaderAuthentication.Add,
        Options = options,
        Map = static app => app.MapEventStream("/me", stream => stream.User().Broadcast()),
    };
}
