using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Curlew.AspNetCore.Tests.Connections;

public sealed class SlowConsumerTests
{
    private static readonly string Filler = new('x', 16 * 1024);

    [Fact]
    public Task A_reader_that_stops_is_cut_and_nobody_else_notices() => new StreamApp { Options = static options => options.WriteTimeout = TimeSpan.FromMilliseconds(500) }.RunAsync(
        static async app =>
        {
            using var stalled = await app.OpenAsync("/events/news", StalledReader.Options);
            using var reader = await app.OpenAsync("/events/news");
            var published = 0;
            await Eventually.UntilAsync(async () =>
            {
                await app.Publisher.PublishAsync("news", $"{published} {Filler}");
                NumberOf(await reader.EventAsync()).ShouldBe(published++);
                return app.Connections.Count == 1;
            });
            app.Log.Entries.Count(static entry => entry.Values.GetValueOrDefault("Reason") is CloseReason.WriteTimeout).ShouldBe(1);

            // What it was sent before is still on its way; then the connection is broken, not ended.
            await Should.ThrowAsync<IOException>(stalled.RestAsync());

            // It comes back with its id and misses nothing.
            using var again = await app.OpenAsync("/events/news", ("Last-Event-ID", stalled.LastEventId));
            for (var expected = (int)stalled.Blocks - 1; expected < published; expected++)
                NumberOf(await again.EventAsync()).ShouldBe(expected);
        });

    [Fact]
    public Task Over_HTTP2_a_stream_that_is_not_read_is_reset_and_its_siblings_go_on() => new StreamApp
    {
        Options = static options => options.WriteTimeout = TimeSpan.FromMilliseconds(500),
    }.RunAsync(static async app =>
    {
        using var client = app.CreateClient(version: 2);
        using var stalled = await client.GetAsync("/events/news", HttpCompletionOption.ResponseHeadersRead, Deadline.Token);
        using var sibling = await client.GetAsync("/events/news", HttpCompletionOption.ResponseHeadersRead, Deadline.Token);
        using var reader = new StreamReader(await sibling.Content.ReadAsStreamAsync(Deadline.Token));
        var published = 0;
        await Eventually.UntilAsync(async () =>
        {
            await app.Publisher.PublishAsync("news", $"{published} {Filler}");
            string? line;
            do
            {
                line = await reader.ReadLineAsync(Deadline.Token);
            }
            while (!line.ShouldNotBeNull().StartsWith($"data: {published} ", StringComparison.Ordinal));
            published++;
            return app.Connections.Count == 1;
        });
        await Should.ThrowAsync<HttpRequestException>(() => stalled.Content.ReadAsStringAsync(Deadline.Token));
        app.Log.Entries.Count(static entry => entry.Values.GetValueOrDefault("Reason") is CloseReason.WriteTimeout).ShouldBe(1);
    });

    [Fact]
    public Task Under_Resume_a_slow_reader_receives_everything_retained() => Policy(SlowConsumerPolicy.Resume).RunAsync(static async app =>
    {
        using var slow = await app.OpenAsync("/slow", StalledReader.Options);
        await PublishAsync(app, 300);
        for (var i = 0; i < 300; i++)
            NumberOf(await slow.EventAsync()).ShouldBe(i);
        // And is live again.
        await app.Publisher.PublishAsync("news", "300");
        NumberOf(await slow.EventAsync()).ShouldBe(300);
    });

    [Fact]
    public Task Under_Resume_what_was_trimmed_is_told_as_a_gap_first() => Policy(SlowConsumerPolicy.Resume, retained: 50).RunAsync(static async app =>
    {
        using var slow = await app.OpenAsync("/slow", StalledReader.Options);
        await PublishAsync(app, 300);
        await app.RoutedAsync();
        // Its writer may get on while events are still published, and be overtaken again: every jump has its gap, and none goes beyond what is retained.
        var (next, gaps) = (0, 0);
        for (var isAfterGap = false; next < 300;)
        {
            var block = await slow.EventAsync();
            if (block.Type is not null)
            {
                block.Data!.ShouldContain("\"trimmed\"");
                gaps++;
                isAfterGap = true;
                continue;
            }

            var number = NumberOf(block);
            number.ShouldBeInRange(next, isAfterGap ? 250 : next);
            isAfterGap = false;
            next = number + 1;
        }

        gaps.ShouldBeGreaterThan(0);
    });

    [Fact]
    public Task Under_Disconnect_a_slow_reader_is_closed_and_resumes() => Policy(SlowConsumerPolicy.Disconnect).RunAsync(static async app =>
    {
        using var slow = await app.OpenAsync("/slow", StalledReader.Options);
        await PublishAsync(app, 300);
        var blocks = await slow.RestAsync();
        blocks[^1].Retry.ShouldNotBeNull();
        blocks[^1].IsEvent.ShouldBeFalse();
        var read = blocks.Count - 1;
        blocks.Take(read).Select(NumberOf).ShouldBe(Enumerable.Range(0, read));
        read.ShouldBeLessThan(300);
        await Eventually.UntilAsync(() => app.Log.Entries.Any(static entry => entry.Values.GetValueOrDefault("Reason") is CloseReason.SlowConsumer));

        using var again = await app.OpenAsync("/slow", ("Last-Event-ID", slow.LastEventId));
        NumberOf(await again.EventAsync()).ShouldBe(read);
    });

    [Fact]
    public Task Under_DropOldest_a_gap_says_how_many_were_missed_in_the_place_of_them() => Policy(SlowConsumerPolicy.DropOldest).RunAsync(static async app =>
    {
        using var slow = await app.OpenAsync("/slow", StalledReader.Options);
        await PublishAsync(app, 300);
        await app.RoutedAsync();
        var (next, missed) = (0, 0);
        while (next < 300)
        {
            var block = await slow.EventAsync();
            if (block.Type == "gap")
            {
                var gap = System.Text.Json.Nodes.JsonNode.Parse(block.Data!)!;
                ((string?)gap["reason"]).ShouldBe("dropped");
                missed += (int)gap["missed"]!;
                next += (int)gap["missed"]!;
            }
            else
            {
                NumberOf(block).ShouldBe(next++);
            }
        }

        missed.ShouldBeGreaterThan(0);
    });

    [Fact]
    public Task The_kernels_send_buffer_of_a_stream_is_bounded() => WithSocket(out var sockets).RunAsync(async app =>
    {
        using var stream = await app.OpenAsync("/events/news");
        // Linux doubles what it is asked for.
        sockets.ShouldHaveSingleItem().SendBufferSize.ShouldBe(2 * 64 * 1024);
    });

    [Fact]
    public Task A_send_buffer_that_would_grow_is_bounded_too() => WithSocket(out var sockets, bytes: 8192).RunAsync(async app =>
    {
        using var stream = await app.OpenAsync("/events/news");
        sockets.ShouldHaveSingleItem().SendBufferSize.ShouldBe(2 * 64 * 1024);
    });

    private static StreamApp WithSocket(out List<Socket> sockets, int? bytes = null)
    {
        List<Socket> seen = sockets = [];
        return new()
        {
            Middleware = app => app.Use((context, next) =>
            {
                var socket = context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
                socket.SendBufferSize = bytes ?? 4 * 1024 * 1024;
                seen.Add(socket);
                return next(context);
            }),
        };
    }

    private static StreamApp Policy(SlowConsumerPolicy policy, int retained = 10_000) => new()
    {
        HubOptions = hub => (hub.QueueBytes, hub.Retention.MaxEvents) = (64 * 1024, retained),
        Options = static options => options.WriteTimeout = TimeSpan.FromMinutes(10),
        Map = app => app.MapEventStream("/slow", stream => stream.Topic("news").OnOverflow(policy)),
    };

    private static async Task PublishAsync(StreamApp app, int count)
    {
        for (var i = 0; i < count; i++)
            await app.Publisher.PublishAsync("news", $"{i} {Filler}");
    }

    private static int NumberOf(StreamBlock block) => int.Parse(block.Data!.Split(' ')[0], CultureInfo.InvariantCulture);
}
