using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Curlew.AspNetCore.Tests.Streams;

/// <summary>Streams that a delegate sends.</summary>
public sealed class PushTests
{
    [Fact]
    public Task What_is_sent_arrives_in_order_each_as_what_it_is() => RunAsync(
        static async (stream, _) =>
        {
            await stream.CommentAsync("import\nstarted");
            await stream.RetryAsync(TimeSpan.FromMilliseconds(700));
            await stream.SendAsync("text");
            await stream.SendAsync("two\nlines", type: "t", id: "1");
            await stream.SendAsync(new Step(2), type: "progress", id: "2");
            await stream.SendAsync(new Step(3));
            await stream.SendAsync(new SseItem<Step>(new(4), "item") { EventId = "4" });
            await stream.SendAsync(new Step(5), (System.Text.Json.Serialization.Metadata.JsonTypeInfo<Step>)JsonSerializerOptions.Default.GetTypeInfo(typeof(Step)), type: "own");
            await stream.SendAsync(new Dictionary<string, object?>(StringComparer.Ordinal) { ["event"] = "map", ["data"] = "x" });
        },
        static async (app, stream, _) =>
        {
            (await stream.BlockAsync()).Comment.ShouldBe("import\nstarted");
            (await stream.BlockAsync()).Retry.ShouldBe(700);
            var events = await stream.RestAsync();
            events.Select(static e => (e.Type, e.Id, e.Data)).ShouldBe(
            [
                (null, null, "text"),
                ("t", "1", "two\nlines"),
                ("progress", "2", """{"number":2}"""),
                (null, null, """{"number":3}"""),
                ("item", "4", """{"number":4}"""),
                ("own", null, """{"Number":5}"""),
                ("map", null, "x"),
            ]);
            await app.ShouldHoldNothingAsync();
        });

    [Fact]
    public Task An_event_is_sent_while_the_delegate_goes_on() => RunAsync(
        static async (stream, probe) =>
        {
            await stream.SendAsync("now");
            await probe.Release.Task;
            await stream.SendAsync("later");
        },
        static async (_, stream, probe) =>
        {
            (await stream.EventAsync()).Data.ShouldBe("now");
            probe.Release.SetResult();
            (await stream.RestAsync()).ShouldHaveSingleItem().Data.ShouldBe("later");
        });

    [Fact]
    public async Task What_a_task_sends_that_was_left_behind_is_cancelled()
    {
        EventStreamWriter? kept = null;
        await RunAsync(
            async (stream, _) => await (kept = stream).SendAsync("in time"),
            async (_, stream, _) =>
            {
                (await stream.RestAsync()).ShouldHaveSingleItem().Data.ShouldBe("in time");
                await Should.ThrowAsync<OperationCanceledException>(kept!.SendAsync("late").AsTask());
            });
    }

    [Fact]
    public Task While_the_delegate_is_idle_the_stream_is_kept_alive() => RunAsync(
        static (_, probe) => probe.Release.Task,
        static async (app, stream, probe) =>
        {
            var reading = stream.BlockAsync();
            await Eventually.UntilAsync(() =>
            {
                app.Clock.Advance(TimeSpan.FromSeconds(1));
                return reading.IsCompleted;
            });
            (await reading).Comment.ShouldNotBeNull();
            probe.Release.SetResult();
            await stream.RestAsync();
        },
        time: new ManualTimeProvider());

    [Fact]
    public async Task A_client_that_does_not_read_holds_up_the_delegate()
    {
        var sent = 0;
        await RunAsync(
            async (stream, probe) =>
            {
                var item = new string('x', 16 * 1024);
                while (true)
                {
                    await stream.SendAsync(item);
                    Interlocked.Increment(ref sent);
                }
            },
            async (app, stream, probe) =>
            {
                await Eventually.UntilAsync(() => app.Connections.Snapshot().Any(static connection => connection.FlushingSince != 0));
                // What the kernel, the response and the hand-over take: it comes to a stand far below what an unbounded one would have taken.
                var before = -1;
                await Eventually.UntilAsync(() =>
                {
                    var stands = Volatile.Read(ref sent) == before;
                    before = Volatile.Read(ref sent);
                    return stands;
                });
                (before * 16).ShouldBeLessThan(4096);
                stream.Abort();
                (await probe.CompletionAsync(app)).Reason.ShouldBe(CloseReason.ClosedByClient);
            },
            client: StalledReader.Options);
    }

    [Fact]
    public Task Sends_of_several_tasks_do_not_mix() => RunAsync(
        static (stream, _) => Task.WhenAll(Enumerable.Range(0, 8).Select(task => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
                await stream.SendAsync($"{task}\n{i}", type: $"t{task}");
        }))),
        static async (_, stream, _) =>
        {
            var events = await stream.RestAsync();
            events.Count.ShouldBe(1600);
            foreach (var group in events.GroupBy(static e => e.Type, StringComparer.Ordinal))
                group.Select(static e => e.Data).ShouldBe(Enumerable.Range(0, 200).Select(i => $"{group.Key![1..]}\n{i}"));
        });

    [Fact]
    public Task When_the_client_leaves_the_token_is_cancelled_and_sends_end() => RunAsync(
        static async (stream, probe) =>
        {
            await probe.Release.Task;
            try
            {
                await Should.ThrowAsync<OperationCanceledException>(async () => await stream.SendAsync("nobody"));
            }
            finally
            {
                probe.Cancelled.SetResult();
            }
        },
        static async (app, stream, probe) =>
        {
            stream.Abort();
            await app.ShouldHoldNothingAsync();
            probe.Release.SetResult();
            await probe.Cancelled.Task.WaitAsync(Deadline.Token);
            (await probe.CompletionAsync(app)).Reason.ShouldBe(CloseReason.ClosedByClient);
        });

    [Fact]
    public Task A_delegate_that_throws_is_told_after_what_it_sent() => RunAsync(
        static async (stream, _) =>
        {
            await stream.SendAsync("x");
            throw new InvalidOperationException("secret");
        },
        static async (app, stream, probe) =>
        {
            (await stream.RestAsync()).Select(static e => e.Type).ShouldBe([null, "stream-error"]);
            (await probe.CompletionAsync(app)).Exception.ShouldBeOfType<InvalidOperationException>();
        },
        expects: "SourceFailed");

    [Fact]
    public Task What_cannot_be_sent_is_refused_and_leaves_nothing() => RunAsync(
        static async (stream, _) =>
        {
            await Should.ThrowAsync<ArgumentException>(async () => await stream.SendAsync("\uD800", type: "t", id: "1"));
            await Should.ThrowAsync<ArgumentException>(async () => await stream.SendAsync("x", type: "a\nb"));
            await Should.ThrowAsync<ArgumentException>(async () => await stream.SendAsync("x", id: "a\0b"));
            await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await stream.RetryAsync(TimeSpan.FromSeconds(-1)));
            await stream.SendAsync("well");
        },
        static async (_, stream, _) => (await stream.RestAsync()).ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            static e => e.Data.ShouldBe("well"), static e => e.Id.ShouldBeNull(), static e => e.Type.ShouldBeNull()));

    [Fact]
    public Task A_delegate_knows_the_last_event_id() => RunAsync(
        static async (stream, _) => await stream.SendAsync(stream.LastEventId ?? "none"),
        static async (_, stream, _) => (await stream.EventAsync()).Data.ShouldBe("41"),
        client: new RawStreamOptions { Headers = [("Last-Event-ID", "41")] });

    private static async Task RunAsync(
        Func<EventStreamWriter, StreamProbe, Task> write,
        Func<StreamApp, RawStream, StreamProbe, Task> test,
        TimeProvider? time = null,
        string? expects = null,
        RawStreamOptions? client = null)
    {
        var probe = new StreamProbe();
        await new StreamApp
        {
            Time = time ?? TimeProvider.System,
            Expects = problem => problem.EventName == expects,
            Map = app => app.MapGet("/", () => TypedResults.EventStream((stream, _) => write(stream, probe), probe.Options)),
        }.RunAsync(async app =>
        {
            using var stream = await app.OpenAsync("/", client ?? RawStreamOptions.Default);
            await test(app, stream, probe);
        });
    }

    private sealed record Step(int Number);
}
