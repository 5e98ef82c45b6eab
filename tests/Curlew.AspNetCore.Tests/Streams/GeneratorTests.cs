using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;

namespace Curlew.AspNetCore.Tests.Streams;

/// <summary>How a stream of a generator begins, waits and ends.</summary>
public sealed class GeneratorTests
{
    [Fact]
    public Task The_head_and_a_first_block_come_before_the_first_event() => WithAsync(static async (app, probe) =>
    {
        using var stream = await app.SendAsync("/stubborn");
        stream.Status.ShouldBe(200);
        stream.Headers["Content-Type"].ShouldBe("text/event-stream");
        stream.Headers["Cache-Control"].ShouldBe("no-store, no-transform");
        stream.Headers["X-Accel-Buffering"].ShouldBe("no");
        (await stream.BlockAsync()).Retry!.Value.ShouldBeInRange(2000, 4000);
        (await stream.EventAsync()).Data.ShouldBe("first");
        probe.Release.SetResult();
        (await stream.RestAsync()).ShouldHaveSingleItem().Data.ShouldBe("second");
        (await probe.CompletionAsync(app)).Reason.ShouldBe(CloseReason.Completed);
        probe.Disposed.ShouldBe(1);
        probe.Cancelled.Task.IsCompleted.ShouldBeFalse("It ended by itself.");
    });

    [Fact]
    public Task A_source_that_blocks_before_its_first_event_does_not_hold_up_the_head() => new StreamApp
    {
        Map = static app => app.MapGet("/", static (HttpContext http) => TypedResults.EventStream(BlockedAsync(http))),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/");
        stream.Abort();
        await app.ShouldHoldNothingAsync();
    });

    [Fact]
    public Task Items_that_are_ready_together_leave_in_one_write() => new StreamApp().RunAsync(static async app =>
    {
        var response = await RecordedResponse.RunAsync(app, TypedResults.EventStream(ReadyAsync(100)));
        response.Writes.Count.ShouldBe(2, "The first block, and the events.");
        response.Writes[1].Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(100);
    });

    [Fact]
    public Task A_write_is_of_bounded_size() => new StreamApp().RunAsync(static async app =>
    {
        var response = await RecordedResponse.RunAsync(app, TypedResults.EventStream(ReadyAsync(1000, new string('x', 1000))));
        response.Writes.Skip(1).Sum(static write => write.Length).ShouldBe(1000 * 1008);
        response.Writes.Skip(1).ShouldAllBe(static write => write.Length < 66 * 1024);
        response.Writes.Count.ShouldBeLessThan(20);
    });

    [Fact]
    public Task Each_event_can_be_sent_by_itself() => new StreamApp().RunAsync(static async app =>
    {
        var response = await RecordedResponse.RunAsync(app, TypedResults.EventStream(ReadyAsync(10), new EventStreamOptions { Flush = EventStreamFlush.EachEvent }));
        response.Writes.Count.ShouldBe(11);
        response.Writes.Skip(1).ShouldAllBe(static write => write == "data: x\n\n");
    });

    [Fact]
    public Task An_idle_stream_is_sent_comments_one_that_is_not_none() => WithAsync(
        static async (app, probe) =>
        {
            using var stream = await app.OpenAsync("/two");
            (await stream.EventAsync()).Data.ShouldBe("first");
            for (var i = 0; i < 3; i++)
            {
                var block = await NextBlockAsync(app, stream);
                block.Comment.ShouldNotBeNull();
                block.IsEvent.ShouldBeFalse();
            }

            probe.Release.SetResult();
            (await stream.RestAsync()).ShouldHaveSingleItem().Data.ShouldBe("second");
        },
        new ManualTimeProvider());

    [Fact]
    public Task A_stream_has_its_own_keep_alive_interval() => WithAsync(
        static async (app, _) =>
        {
            using var fast = await app.OpenAsync("/fast");
            using var none = await app.OpenAsync("/none");
            (await none.EventAsync()).Data.ShouldBe("first");
            (await fast.EventAsync()).Data.ShouldBe("first");
            app.Clock.Advance(TimeSpan.FromMilliseconds(250));
            (await fast.BlockAsync()).Comment.ShouldNotBeNull();
            for (var i = 0; i < 60; i++)
                app.Clock.Advance(TimeSpan.FromSeconds(1));
            (await fast.BlockAsync()).Comment.ShouldNotBeNull();
            await app.StopAsync();
            (await none.RestAsync()).ShouldHaveSingleItem().Retry.ShouldNotBeNull("Only the goodbye.");
        },
        new ManualTimeProvider(),
        static (app, probe) =>
        {
            app.MapGet("/fast", () => TypedResults.EventStream(probe.TwoAsync(), new EventStreamOptions { KeepAlive = TimeSpan.FromMilliseconds(200) }));
            app.MapGet("/none", () => TypedResults.EventStream(probe.TwoAsync(), new EventStreamOptions { KeepAlive = Timeout.InfiniteTimeSpan }));
        });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task When_the_client_leaves_the_source_is_cancelled_at_once_and_disposed(int version) => WithAsync(async (app, probe) =>
    {
        using var client = app.CreateClient(version);
        using (var response = await client.GetAsync("/two", HttpCompletionOption.ResponseHeadersRead, Deadline.Token))
        {
            response.Version.Major.ShouldBe(version);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Deadline.Token));
            (await reader.ReadLineAsync(Deadline.Token)).ShouldStartWith("retry: ");
            probe.Cancelled.Task.IsCompleted.ShouldBeFalse();
        }

        await probe.Cancelled.Task.WaitAsync(Deadline.Token);
        (await probe.CompletionAsync(app)).Reason.ShouldBe(CloseReason.ClosedByClient);
        probe.Disposed.ShouldBe(1);
    }, options: static options => options.KeepAlive = TimeSpan.FromHours(1));

    [Fact]
    public Task A_source_that_does_not_heed_its_token_holds_no_place_and_is_disposed_when_its_move_ends() => WithAsync(
        static async (app, probe) =>
        {
            var stream = await app.OpenAsync("/stubborn");
            (await stream.EventAsync()).Data.ShouldBe("first");
            stream.Abort();
            await probe.Cancelled.Task.WaitAsync(Deadline.Token);
            await app.ShouldHoldNothingAsync();
            probe.Disposed.ShouldBe(0);
            (await probe.CompletionAsync(app)).Reason.ShouldBe(CloseReason.ClosedByClient);
            app.Log.Entries.ShouldContain(static entry => entry.EventName == "SourceLingers");
            probe.Disposed.ShouldBe(0);
            probe.Release.SetResult();
            await Eventually.UntilAsync(() => probe.Disposed == 1);
        });

    [Fact]
    public Task A_source_that_throws_is_told_without_a_word_of_what_and_logged() => WithAsync(
        static async (app, probe) =>
        {
            using var stream = await app.OpenAsync("/throws");
            (await stream.EventAsync()).Data.ShouldBe("x");
            var error = (await stream.RestAsync()).ShouldHaveSingleItem();
            error.Type.ShouldBe("stream-error");
            error.Data.ShouldBe("""{"error":"The stream failed."}""");
            var completion = await probe.CompletionAsync(app);
            completion.Reason.ShouldBe(CloseReason.Failed);
            completion.Exception.ShouldBeOfType<InvalidOperationException>().Message.ShouldBe("secret");
            app.Log.Problems.ShouldHaveSingleItem().Exception.ShouldBe(completion.Exception);

            using var silent = await app.OpenAsync("/silent");
            (await silent.RestAsync()).ShouldHaveSingleItem().Data.ShouldBe("x");
            app.Log.Problems.Count.ShouldBe(2);
        },
        map: static (app, probe) =>
        {
            app.MapGet("/throws", () => TypedResults.EventStream(ThrowingAsync(), probe.Options));
            app.MapGet("/silent", () => TypedResults.EventStream(ThrowingAsync(), new EventStreamOptions { SendErrorEvent = false }));
        },
        expects: "SourceFailed");

    [Fact]
    public Task A_cancellation_that_is_not_the_streams_own_is_an_error() => WithAsync(
        static async (app, _) =>
        {
            using var stream = await app.OpenAsync("/");
            (await stream.RestAsync()).ShouldHaveSingleItem().Type.ShouldBe("stream-error");
        },
        map: static (app, probe) => app.MapGet("/", () => TypedResults.EventStream(TimedOutAsync(), probe.Options)),
        expects: "SourceFailed");

    [Fact]
    public Task What_comes_after_the_stream_may_fail_and_is_logged() => WithAsync(
        static async (app, _) =>
        {
            using var stream = await app.OpenAsync("/");
            (await stream.RestAsync()).ShouldHaveSingleItem().Data.ShouldBe("x");
            await Eventually.UntilAsync(() => app.Log.Problems.Count == 1);
        },
        map: static (app, _) => app.MapGet(
            "/", static () => TypedResults.EventStream("x", new EventStreamOptions { OnCompleted = static _ => throw new InvalidOperationException() })),
        expects: "OnCompletedFailed");

    [Fact]
    public Task The_hosts_stop_ends_streams_with_a_retry_at_once() => WithAsync(static async (app, probe) =>
    {
        var streams = new List<RawStream>();
        for (var i = 0; i < 20; i++)
        {
            streams.Add(await app.OpenAsync(i % 2 == 0 ? "/two" : "/stubborn"));
            (await streams[^1].EventAsync()).Data.ShouldBe("first");
        }

        var stopping = app.StopAsync();
        foreach (var stream in streams)
        {
            (await stream.RestAsync()).ShouldHaveSingleItem().Retry.ShouldNotBeNull();
            stream.Dispose();
        }

        await stopping;
        await Eventually.UntilAsync(() => probe.Completions.Count == 20);
        probe.Completions.ShouldAllBe(static completion => completion.Reason == CloseReason.Drained);
        probe.Release.SetResult();
        await Eventually.UntilAsync(() => probe.Disposed == 20);
    }, hasLongDrain: true);

    [Fact]
    public Task A_stream_ends_at_its_longest_duration() => WithAsync(
        static async (app, probe) =>
        {
            using var stream = await app.OpenAsync("/short");
            (await stream.EventAsync()).Data.ShouldBe("first");
            app.Clock.Advance(TimeSpan.FromSeconds(59));
            probe.Completions.ShouldBeEmpty();
            for (var i = 0; i < 2; i++)
                app.Clock.Advance(TimeSpan.FromSeconds(1));
            (await stream.RestAsync())[^1].Retry.ShouldNotBeNull();
            (await probe.CompletionAsync(app)).Reason.ShouldBe(CloseReason.MaxAge);
            probe.Disposed.ShouldBe(1);
        },
        new ManualTimeProvider(),
        static (app, probe) => app.MapGet(
            "/short", () => TypedResults.EventStream(probe.TwoAsync(), new EventStreamOptions { MaxDuration = TimeSpan.FromMinutes(1), OnCompleted = probe.Complete })));

    [Fact]
    public Task A_client_that_does_not_read_is_cut_at_the_write_timeout() => WithAsync(
        static async (app, probe) =>
        {
            using var stalled = await app.OpenAsync("/flood", StalledReader.Options);
            await Eventually.UntilAsync(() => app.Connections.Snapshot().Any(static connection => connection.FlushingSince != 0));
            app.Clock.Advance(TimeSpan.FromSeconds(11));
            (await probe.CompletionAsync(app)).Reason.ShouldBe(CloseReason.WriteTimeout);
        },
        new ManualTimeProvider(),
        static (app, probe) => app.MapGet("/flood", () => TypedResults.EventStream(ReadyAsync(int.MaxValue, new string('x', 1000)), probe.Options)));

    [Theory]
    [InlineData("/resume", "Last-Event-ID", "41")]
    [InlineData("/resume?lastEventId=41", "X-None", "")]
    [InlineData("/resume?lastEventId=7", "Last-Event-ID", "41")]
    public Task A_source_goes_on_after_the_last_event_id(string target, string header, string value) => WithAsync(
        async (app, _) =>
        {
            using var stream = await app.OpenAsync(target, (header, value));
            (await stream.EventAsync()).Data.ShouldBe("after 41");
        },
        map: MapResume);

    [Fact]
    public Task Without_a_last_event_id_a_source_starts_at_its_beginning() => WithAsync(
        static async (app, probe) =>
        {
            using var stream = await app.OpenAsync("/resume");
            (await stream.EventAsync()).Data.ShouldBe("from the start");
            stream.Abort();
            await probe.Cancelled.Task.WaitAsync(Deadline.Token);
        },
        map: MapResume);

    [Fact]
    public Task Limits_are_those_of_all_streams() => WithAsync(
        static async (app, probe) =>
        {
            using var stream = await app.OpenAsync("/two");
            using var refused = await app.SendAsync("/two");
            await refused.ShouldBeRefusedAsync(503);
            probe.Completions.ShouldHaveSingleItem().Reason.ShouldBe(CloseReason.Refused);
        },
        options: static options => options.MaxConnections = 1);

    [Fact]
    public Task HEAD_gets_the_head_and_leaves_the_source_alone() => WithAsync(
        static async (app, probe) =>
        {
            using var answer = await app.SendAsync("/head", new RawStreamOptions { Method = "HEAD" });
            answer.Status.ShouldBe(200);
            answer.Headers["Content-Type"].ShouldBe("text/event-stream");
            (await probe.CompletionAsync(app)).Reason.ShouldBe(CloseReason.Completed);
        },
        map: static (app, probe) => app.MapMethods("/head", ["GET", "HEAD"], () => TypedResults.EventStream(probe.TwoAsync(), probe.Options)));

    [Fact]
    public Task The_application_sets_status_headers_and_retry() => WithAsync(
        static async (app, _) =>
        {
            using var stream = await app.SendAsync("/");
            stream.Status.ShouldBe(201);
            stream.Headers["X-Model"].ShouldBe("m");
            stream.Headers["Cache-Control"].ShouldBe("no-cache");
            (await stream.RestAsync())[0].Retry.ShouldBe(1234);
        },
        map: static (app, _) => app.MapGet("/", static () => TypedResults.EventStream("x", new EventStreamOptions
        {
            StatusCode = 201,
            Headers = { ["X-Model"] = "m", ["Cache-Control"] = "no-cache" },
            ReconnectDelay = TimeSpan.FromMilliseconds(1234),
        })));

    [Fact]
    public Task Without_a_retry_the_first_block_is_a_comment_and_a_stop_says_nothing() => WithAsync(
        static async (app, _) =>
        {
            using var stream = await app.SendAsync("/no-retry");
            (await stream.BlockAsync()).Comment.ShouldBe("");
            (await stream.BlockAsync()).Data.ShouldBe("first");

            var stopping = app.StopAsync();

            (await stream.RestAsync()).ShouldBeEmpty();
            await stopping;
        },
        map: static (app, probe) => app.MapGet(
            "/no-retry", () => TypedResults.EventStream(probe.TwoAsync(), new EventStreamOptions { ReconnectDelay = Timeout.InfiniteTimeSpan })));

    [Fact]
    public async Task Without_AddCurlew_the_error_says_what_is_missing()
    {
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().BuildServiceProvider() };
        var error = await Should.ThrowAsync<InvalidOperationException>(() => TypedResults.EventStream("x").ExecuteAsync(context));
        error.Message.ShouldContain("AddCurlew()");
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(static () => new EventStreamOptions { StatusCode = 204 });
        Should.Throw<ArgumentOutOfRangeException>(static () => new EventStreamOptions { StatusCode = 101 });
        Should.Throw<ArgumentOutOfRangeException>(static () => new EventStreamOptions { KeepAlive = TimeSpan.Zero });
        Should.Throw<ArgumentOutOfRangeException>(static () => new EventStreamOptions { ReconnectDelay = TimeSpan.FromSeconds(-1) });
        Should.Throw<ArgumentOutOfRangeException>(static () => new EventStreamOptions { MaxDuration = TimeSpan.Zero });
    }

    private static void MapResume(WebApplication app, StreamProbe probe) => app.MapGet(
        "/resume", () => TypedResults.EventStream((lastEventId, cancel) => AfterAsync(lastEventId, probe, cancel)));

    private static async IAsyncEnumerable<string> AfterAsync(string? lastEventId, StreamProbe probe, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return lastEventId is null ? "from the start" : $"after {lastEventId}";
        await foreach (var item in probe.TwoAsync(cancellationToken))
            yield return item;
    }

    private static async IAsyncEnumerable<string> ReadyAsync(int count, string item = "x")
    {
        for (var i = 0; i < count; i++)
            yield return item;
        await Task.CompletedTask;
    }

    private static async IAsyncEnumerable<string> BlockedAsync(HttpContext http)
    {
        http.RequestAborted.WaitHandle.WaitOne();
        await Task.CompletedTask;
        yield break;
    }

    private static async IAsyncEnumerable<string> ThrowingAsync()
    {
        yield return "x";
        await Task.Yield();
        throw new InvalidOperationException("secret");
    }

    private static async IAsyncEnumerable<string> TimedOutAsync()
    {
        await Task.Yield();
        yield return await Task.FromException<string>(new TaskCanceledException("The database did not answer."));
    }

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

    private static async Task WithAsync(
        Func<StreamApp, StreamProbe, Task> test,
        TimeProvider? time = null,
        Action<WebApplication, StreamProbe>? map = null,
        string? expects = null,
        Action<CurlewOptions>? options = null,
        bool hasLongDrain = false)
    {
        var probe = new StreamProbe();
        await new StreamApp
        {
            Time = time ?? TimeProvider.System,
            Options = options ?? (static _ => { }),
            HasLongDrain = hasLongDrain,
            Expects = problem => problem.EventName == expects,
            Map = app =>
            {
                app.MapGet("/two", () => TypedResults.EventStream(probe.TwoAsync(), probe.Options));
                app.MapGet("/stubborn", () => TypedResults.EventStream(probe.StubbornAsync(), probe.Options));
                map?.Invoke(app, probe);
            },
        }.RunAsync(app => test(app, probe));
    }
}
