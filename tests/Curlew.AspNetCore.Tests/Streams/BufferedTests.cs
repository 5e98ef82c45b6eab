using Microsoft.AspNetCore.Http;

namespace Curlew.AspNetCore.Tests.Streams;

/// <summary>Sources that are collected into one response.</summary>
public sealed class BufferedTests
{
    private static readonly EventStreamOptions Buffered = new() { Buffered = true, ReconnectDelay = TimeSpan.FromSeconds(1), Headers = { ["X-Model"] = "m" } };

    [Fact]
    public Task A_source_is_collected_into_one_response_of_known_length() => new StreamApp
    {
        Map = static app => app.MapGet("/", static () => TypedResults.EventStream(CountAsync(fails: false), Buffered)),
    }.RunAsync(static async app =>
    {
        using var stream = await app.SendAsync("/");
        stream.Headers["Content-Type"].ShouldBe("text/event-stream");
        stream.Headers["X-Model"].ShouldBe("m");
        var text = await stream.ReadToEndAsync(Deadline.Token);
        text.ShouldBe("retry: 1000\n\ndata: 0\n\ndata: 1\n\ndata: 2\n\n");
        stream.Headers["Content-Length"].ShouldBe($"{text.Length}");
        await app.ShouldHoldNothingAsync();
    });

    [Fact]
    public async Task A_source_that_throws_is_an_exception_of_the_request()
    {
        var probe = new StreamProbe();
        await new StreamApp
        {
            Expects = static problem => problem.Category.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal),
            Services = static builder => builder.Services.AddProblemDetails(),
            Middleware = static app => app.UseExceptionHandler(),
            Map = app => app.MapGet("/", () => TypedResults.EventStream(CountAsync(fails: true), new EventStreamOptions { Buffered = true, OnCompleted = probe.Complete })),
        }.RunAsync(async app =>
        {
            using var answer = await app.SendAsync("/", ("Accept", "application/json"));
            answer.Status.ShouldBe(500);
            (await answer.ReadToEndAsync(Deadline.Token)).ShouldNotContain("secret");
            (await probe.CompletionAsync(app)).Reason.ShouldBe(CloseReason.Failed);
        });
    }

    [Fact]
    public async Task What_there_is_at_the_longest_duration_is_sent()
    {
        var probe = new StreamProbe();
        await new StreamApp
        {
            Time = new ManualTimeProvider(),
            Map = app => app.MapGet("/", () => TypedResults.EventStream(probe.TwoAsync(), new EventStreamOptions { Buffered = true, MaxDuration = TimeSpan.FromSeconds(30) })),
        }.RunAsync(async app =>
        {
            var answer = app.SendAsync("/");
            await Eventually.UntilAsync(() =>
            {
                app.Clock.Advance(TimeSpan.FromSeconds(1));
                return answer.IsCompleted;
            });
            using var stream = await answer;
            var blocks = await stream.RestAsync();
            blocks.Select(static block => block.Data).ShouldBe([null, "first", null], "No keep-alives.");
            blocks[^1].Retry.ShouldNotBeNull();
            await Eventually.UntilAsync(() => probe.Disposed == 1);
        });
    }

    [Fact]
    public Task A_client_that_does_not_read_is_cut() => new StreamApp
    {
        Options = static options => options.WriteTimeout = TimeSpan.FromMilliseconds(500),
        Map = static app => app.MapGet("/", Large),
    }.RunAsync(static async app =>
    {
        using var stalled = await app.SendAsync("/", StalledReader.Options);
        await app.ShouldHoldNothingAsync();
        await Should.ThrowAsync<IOException>(stalled.ReadToEndAsync(Deadline.Token));
    });

    [Fact]
    public Task A_client_that_does_not_read_holds_up_the_stop_for_the_drain_period_only() => new StreamApp
    {
        Options = static options => (options.DrainPeriod, options.WriteTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
        Map = static app => app.MapGet("/", Large),
        Expects = static problem => problem.EventName == "DrainCut",
    }.RunAsync(static async app =>
    {
        using var stalled = await app.SendAsync("/", StalledReader.Options);
        await Eventually.UntilAsync(() => app.Connections.Snapshot().Any(static connection => connection.FlushingSince != 0));
        await app.StopAsync();
        app.Log.Entries.ShouldContain(static entry => entry.EventName == "DrainCut");
        app.Connections.Count.ShouldBe(0);
    });

    [Fact]
    public Task A_client_that_reads_gets_all_of_a_large_response() => new StreamApp
    {
        Map = static app => app.MapGet("/", Large),
    }.RunAsync(static async app =>
    {
        using var stream = await app.SendAsync("/");
        var text = await stream.ReadToEndAsync(Deadline.Token);
        stream.Headers["Content-Length"].ShouldBe($"{text.Length}");
        text.ShouldEndWith("x\n\n");
        await app.ShouldHoldNothingAsync();
    });

    private static EventStreamResult Large() => TypedResults.EventStream(Enumerable.Repeat(new string('x', 1_000_000), 16).ToArray(), Buffered);

    private static async IAsyncEnumerable<int> CountAsync(bool fails)
    {
        for (var i = 0; i < 3; i++)
        {
            await Task.Yield();
            yield return i;
        }

        if (fails)
            throw new InvalidOperationException("secret");
    }
}
