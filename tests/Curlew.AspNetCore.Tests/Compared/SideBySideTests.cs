using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;
using Curlew.AspNetCore.Tests.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Hosting;

namespace Curlew.AspNetCore.Tests.Compared;

/// <summary>The lines of the table in docs/compared-with-the-platform.md: each asserts what the platform's result does, and what this one does.</summary>
public sealed class SideBySideTests
{
    [Fact]
    public async Task First_bytes_with_a_slow_first_item()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        HttpResponse? platform = null;
        await new StreamApp
        {
            Map = app =>
            {
                app.MapGet("/platform", (HttpContext http) =>
                {
                    platform = http.Response;
                    return TypedResults.ServerSentEvents(SlowAsync());
                });
                app.MapGet("/curlew", () => TypedResults.EventStream(SlowAsync()));
            },
        }.RunAsync(async app =>
        {
            var connecting = app.SendAsync("/platform");
            await asked.Task.WaitAsync(Deadline.Token);
            platform!.HasStarted.ShouldBeFalse();

            using (var ours = await app.OpenAsync("/curlew"))
                ours.Status.ShouldBe(200, "Its head and first block are there.");

            platform.HasStarted.ShouldBeFalse();
            connecting.IsCompleted.ShouldBeFalse();
            release.SetResult();
            using var theirs = await connecting;
            (await theirs.RestAsync()).ShouldHaveSingleItem().Data.ShouldBe("slow");
        });

        async IAsyncEnumerable<string> SlowAsync()
        {
            asked.TrySetResult();
            await release.Task;
            yield return "slow";
        }
    }

    [Fact]
    public async Task Stop_of_the_host_with_an_open_stream()
    {
        var shutdown = TimeSpan.FromSeconds(3);
        var (elapsed, blocks, broken) = await StopAsync(static probe => TypedResults.ServerSentEvents(EventsOf(probe.TwoAsync())));
        elapsed.ShouldBeGreaterThanOrEqualTo(shutdown * 0.9, "The whole shutdown timeout, which is 30 seconds unless set.");
        broken.ShouldBeTrue();
        blocks.ShouldBeEmpty();

        (_, blocks, broken) = await StopAsync(static probe => TypedResults.EventStream(EventsOf(probe.TwoAsync())));
        broken.ShouldBeFalse();
        blocks.ShouldHaveSingleItem().Retry.ShouldNotBeNull("The client is told when to come back.");

        async Task<(TimeSpan Elapsed, List<StreamBlock> Blocks, bool Broken)> StopAsync(Func<StreamProbe, IResult> result)
        {
            var probe = new StreamProbe();
            var (elapsed, blocks, broken) = (TimeSpan.Zero, new List<StreamBlock>(), false);
            await new StreamApp
            {
                Options = static options => options.DrainPeriod = TimeSpan.FromSeconds(1),
                Services = builder => builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = shutdown),
                Map = app => app.MapGet("/", () => result(probe)),
                Expects = static _ => true,
            }.RunAsync(async app =>
            {
                using var stream = await app.SendAsync("/");
                (await stream.EventAsync()).Data.ShouldBe("first");
                var clock = Stopwatch.StartNew();
                var stopping = app.StopAsync();
                try
                {
                    blocks = await stream.RestAsync();
                }
                catch (IOException)
                {
                    broken = true;
                }

                await stopping;
                elapsed = clock.Elapsed;
            });
            return (elapsed, blocks, broken);
        }
    }

    [Fact]
    public Task A_source_that_throws() => BothAsync(
        static _ => EventsOf(ThrowingAsync()),
        static async app =>
        {
            using var theirs = await app.SendAsync("/platform");
            (await theirs.EventAsync()).Data.ShouldBe("x");
            await Should.ThrowAsync<IOException>(theirs.RestAsync());

            using var ours = await app.OpenAsync("/curlew");
            (await ours.RestAsync()).Select(static block => (block.EffectiveType, block.Data)).ShouldBe([("message", "x"), ("stream-error", """{"error":"The stream failed."}""")]);
        },
        expects: static _ => true);

    [Fact]
    public async Task A_request_timeout()
    {
        var probe = new StreamProbe();
        await BothAsync(
            _ => EventsOf(probe.TwoAsync()),
            async app =>
            {
                using var ours = await app.OpenAsync("/curlew");
                using var theirs = await app.SendAsync("/platform");
                try
                {
                    (await theirs.RestAsync()).ShouldAllBe(static block => block.Data == "first");
                }
                catch (IOException)
                {
                    // Ended properly or cut: it is over, and the source was not yet asked to go on.
                }

                probe.Release.SetResult();
                (await ours.DataAsync(2)).ShouldBe(["first", "second"]);
            },
            builder => builder.Services.AddRequestTimeouts(static timeouts => timeouts.DefaultPolicy = new RequestTimeoutPolicy { Timeout = TimeSpan.FromMilliseconds(500) }),
            app => app.UseRequestTimeouts(),
            static _ => true);
    }

    [Fact]
    public async Task Silence()
    {
        var probe = new StreamProbe();
        await BothAsync(
            _ => EventsOf(probe.TwoAsync()),
            async app =>
            {
                using var theirs = await app.SendAsync("/platform");
                (await theirs.EventAsync()).Data.ShouldBe("first");
                using var ours = await app.OpenAsync("/curlew");
                (await ours.EventAsync()).Data.ShouldBe("first");
                for (var i = 0; i < 3; i++)
                    (await ours.BlockAsync()).Comment.ShouldNotBeNull("A keep-alive.");

                probe.Release.SetResult();
                (await theirs.RestAsync()).ShouldHaveSingleItem().Data.ShouldBe("second", "There was nothing before.");
            },
            options: static options => options.KeepAlive = TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public Task A_proxy_that_buffers_or_transforms() => BothAsync(static _ => EventsOf(ReadyAsync("x", 1)), static async app =>
    {
        using var theirs = await app.SendAsync("/platform");
        theirs.Headers.ContainsKey("X-Accel-Buffering").ShouldBeFalse();
        theirs.Headers["Cache-Control"].ShouldBe("no-cache,no-store");
        theirs.Headers["Content-Encoding"].ShouldBe("identity");
        using var ours = await app.SendAsync("/curlew");
        ours.Headers["X-Accel-Buffering"].ShouldBe("no");
        ours.Headers["Cache-Control"].ShouldBe("no-store, no-transform");
        ours.Headers.ContainsKey("Content-Encoding").ShouldBeFalse("It may be compressed, where the application says so.");
    });

    [Fact]
    public Task Items_that_are_ready_together() => BothAsync(static _ => EventsOf(ReadyAsync("x", 100)), static async app =>
    {
        (await ChunkCounter.CountAsync(app.Port, "/platform", Deadline.Token)).ShouldBe(100, "A write for each event.");
        (await ChunkCounter.CountAsync(app.Port, "/curlew", Deadline.Token)).ShouldBeInRange(1, 2, "The first block, and the events; or both in one.");
    });

    [Fact]
    public Task A_client_that_leaves_a_source_of_events() => LeaveAsync(
        static probe => TypedResults.ServerSentEvents(EventsOf(probe.TwoAsync())),
        static probe => TypedResults.EventStream(EventsOf(probe.TwoAsync()), probe.Options),
        async (theirs, ours, open) =>
        {
            await theirs.Cancelled.Task.WaitAsync(Deadline.Token);
            await ours.Cancelled.Task.WaitAsync(Deadline.Token);
            await Eventually.UntilAsync(() => theirs.Disposed == 1 && ours.Disposed == 1 && open.Of("/platform") == 0 && open.Of("/curlew") == 0);
        });

    [Fact]
    public Task A_client_that_leaves_a_source_of_text() => LeaveAsync(
        static probe => TypedResults.ServerSentEvents(probe.TwoAsync()),
        static probe => TypedResults.EventStream(probe.TwoAsync(), probe.Options),
        async (theirs, ours, open) =>
        {
            await Eventually.UntilAsync(() => ours.Disposed == 1 && open.Of("/curlew") == 0);
            (theirs.Cancelled.Task.IsCompleted, theirs.Disposed, open.Of("/platform")).ShouldBe((false, 0, 1), "Its token is one that nobody cancels.");
            theirs.Release.SetResult();
            await Eventually.UntilAsync(() => theirs.Disposed == 1 && open.Of("/platform") == 0);
        });

    [Fact]
    public Task A_client_that_leaves_a_source_that_does_not_heed_its_token() => LeaveAsync(
        static probe => TypedResults.ServerSentEvents(EventsOf(probe.StubbornAsync())),
        static probe => TypedResults.EventStream(EventsOf(probe.StubbornAsync()), probe.Options),
        async (theirs, ours, open) =>
        {
            await theirs.Cancelled.Task.WaitAsync(Deadline.Token);
            await Eventually.UntilAsync(() => open.Of("/curlew") == 0);
            (open.Of("/platform"), theirs.Disposed, ours.Disposed).ShouldBe((1, 0, 0), "The platform's request lasts as long as the source does.");
            theirs.Release.SetResult();
            ours.Release.SetResult();
            await Eventually.UntilAsync(() => open.Of("/platform") == 0 && theirs.Disposed == 1 && ours.Disposed == 1);
        });

    [Fact]
    public Task A_client_that_comes_back() => BothAsync(
        static lastEventId => RowsAfterAsync(lastEventId),
        static async app =>
        {
            using var theirs = await app.SendAsync("/platform", ("Last-Event-ID", "2"));
            (await theirs.RestAsync()).Select(static block => block.Id).ShouldBe(["1", "2", "3"], "From the start, unless the handler reads the header itself.");
            foreach (var (target, header) in new[] { ("/curlew", "2"), ("/curlew?lastEventId=2", "") })
            {
                using var ours = await app.OpenAsync(target, ("Last-Event-ID", header));
                (await ours.RestAsync()).Select(static block => block.Id).ShouldBe(["3"]);
            }
        });

    [Theory]
    [InlineData("a\rb\nc\r\nd\n", "a\nb\nc\nd\n")]
    [InlineData("", "")]
    [InlineData("\u2028 \0", "\u2028 \0")]
    public Task Text_of_several_lines(string text, string received) => BothAsync(_ => OneAsync(new SseItem<string>(text)), async app =>
    {
        foreach (var target in new[] { "/platform", "/curlew" })
        {
            using var stream = await app.SendAsync(target);
            (await stream.EventAsync()).Data.ShouldBe(received);
        }
    });

    [Fact]
    public Task An_id_with_NUL() => BothAsync(
        static _ => OneAsync(new SseItem<string>("x") { EventId = "1\02" }),
        static async app =>
        {
            using var theirs = await app.SendAsync("/platform");
            (await theirs.EventAsync()).Data.ShouldBe("x");
            theirs.LastEventId.ShouldBe("", "By the standard a client ignores the id: it would resume from before.");
            using var ours = await app.OpenAsync("/curlew");
            (await ours.EventAsync()).Type.ShouldBe("stream-error");
        },
        expects: static problem => problem.EventName == "SourceFailed");

    [Fact]
    public Task Text_with_a_lone_surrogate() => BothAsync(
        static _ => OneAsync(new SseItem<string>("a\ud83d")),
        static async app =>
        {
            using var theirs = await app.SendAsync("/platform");
            (await theirs.EventAsync()).Data.ShouldBe("a\ufffd", "Replaced without a word.");
            using var ours = await app.OpenAsync("/curlew");
            (await ours.EventAsync()).Type.ShouldBe("stream-error");
        },
        expects: static problem => problem.EventName == "SourceFailed");

    [Fact]
    public Task Bytes_allocated_for_an_event() => new StreamApp().RunAsync(static async app =>
    {
        const int Events = 10_000;
        var point = new Version(1, 2);
        (await PerEventAsync(static count => TypedResults.ServerSentEvents(ReadyAsync("text", count)))).ShouldBeLessThan(1);
        (await PerEventAsync(static count => TypedResults.EventStream(ReadyAsync("text", count)))).ShouldBeLessThan(1);
        (await PerEventAsync(count => TypedResults.ServerSentEvents(ReadyAsync(point, count)))).ShouldBeInRange(17, 200);
        (await PerEventAsync(count => TypedResults.EventStream(ReadyAsync(point, count)))).ShouldBeLessThan(1);

        async Task<double> PerEventAsync(Func<int, IResult> result)
        {
            await MeasureAsync(result(Events));
            var fixedCost = await MeasureAsync(result(0));
            return (await MeasureAsync(result(Events)) - fixedCost) / (double)Events;
        }

        async Task<long> MeasureAsync(IResult result)
        {
            var (thread, before) = (Environment.CurrentManagedThreadId, GC.GetAllocatedBytesForCurrentThread());
            await RecordedResponse.RunAsync(app, result, keeps: false);
            Environment.CurrentManagedThreadId.ShouldBe(thread, "Nothing was pending.");
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    });

    /// <summary>Serves the same source by both results.</summary>
    private static Task BothAsync(
        Func<string?, IAsyncEnumerable<SseItem<string>>> source,
        Func<StreamApp, Task> test,
        Action<WebApplicationBuilder>? services = null,
        Action<WebApplication>? middleware = null,
        Func<LogEntry, bool>? expects = null,
        Action<CurlewOptions>? options = null) => new StreamApp
        {
            Services = services ?? (static _ => { }),
            Middleware = middleware ?? (static _ => { }),
            Expects = expects ?? (static _ => false),
            Options = options ?? (static _ => { }),
            Map = app =>
            {
                app.MapGet("/platform", () => TypedResults.ServerSentEvents(source(null)));
                app.MapGet("/curlew", () => TypedResults.EventStream((lastEventId, _) => source(lastEventId)));
            },
        }.RunAsync(test);

    /// <summary>Aborts a stream of each while its source's second move is pending.</summary>
    private static async Task LeaveAsync(
        Func<StreamProbe, IResult> platform, Func<StreamProbe, IResult> curlew, Func<StreamProbe, StreamProbe, OpenRequests, Task> afterwards)
    {
        var (theirs, ours, open) = (new StreamProbe(), new StreamProbe(), new OpenRequests());
        await new StreamApp
        {
            Middleware = app => app.Use(open.CountAsync),
            Map = app =>
            {
                app.MapGet("/platform", () => platform(theirs));
                app.MapGet("/curlew", () => curlew(ours));
            },
        }.RunAsync(async app =>
        {
            foreach (var target in new[] { "/platform", "/curlew" })
            {
                using var stream = await app.SendAsync(target);
                (await stream.EventAsync()).Data.ShouldBe("first");
                stream.Abort();
            }

            (await ours.CompletionAsync(app)).Reason.ShouldBe(CloseReason.ClosedByClient);
            await afterwards(theirs, ours, open);
        });
    }

    private static IAsyncEnumerable<SseItem<string>> EventsOf(IAsyncEnumerable<string> source) => source.Select(static text => new SseItem<string>(text));

    private static async IAsyncEnumerable<T> ReadyAsync<T>(T item, int count)
    {
        for (var i = 0; i < count; i++)
            yield return item;
        await Task.CompletedTask;
    }

    private static async IAsyncEnumerable<SseItem<string>> OneAsync(SseItem<string> item)
    {
        yield return item;
        await Task.CompletedTask;
    }

    private static async IAsyncEnumerable<string> ThrowingAsync()
    {
        yield return "x";
        await Task.Yield();
        throw new InvalidOperationException("secret");
    }

    private static async IAsyncEnumerable<SseItem<string>> RowsAfterAsync(string? lastEventId)
    {
        for (var row = lastEventId is null ? 1 : int.Parse(lastEventId, CultureInfo.InvariantCulture) + 1; row <= 3; row++)
            yield return new("row") { EventId = $"{row}" };
        await Task.CompletedTask;
    }
}
