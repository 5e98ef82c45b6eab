using Microsoft.AspNetCore.Http;

namespace Curlew.AspNetCore.Tests.Streams;

/// <summary>Enumerables that block the thread that enumerates them.</summary>
public sealed class BlockingSourceTests
{
    [Fact]
    public Task While_a_source_blocks_the_stream_is_kept_alive() => WithAsync(
        static async (app, probe) =>
        {
            using var stream = await app.OpenAsync("/");
            (await stream.EventAsync()).Data.ShouldBe("first");
            for (var i = 0; i < 3; i++)
            {
                var reading = stream.BlockAsync();
                await Eventually.UntilAsync(() =>
                {
                    app.Clock.Advance(TimeSpan.FromSeconds(1));
                    return reading.IsCompleted;
                });
                (await reading).Comment.ShouldNotBeNull();
            }

            probe.Release.SetResult();
            (await stream.RestAsync()).ShouldHaveSingleItem().Data.ShouldBe("second on Curlew event source");
            (await probe.CompletionAsync(app)).Reason.ShouldBe(CloseReason.Completed);
            probe.Disposed.ShouldBe(1);
        },
        new ManualTimeProvider());

    [Fact]
    public Task Many_blocked_sources_hold_up_no_other_stream() => WithAsync(static async (app, probe) =>
    {
        // More than the pool has threads, so that they would starve it.
        var blocked = new List<RawStream>();
        for (var i = 0; i < (8 * Environment.ProcessorCount) + 20; i++)
            blocked.Add(await app.OpenAsync("/"));
        foreach (var stream in blocked)
            (await stream.EventAsync()).Data.ShouldBe("first");
        using var free = await app.OpenAsync("/list");
        (await free.DataAsync(2)).ShouldBe(["a", "b"]);
        probe.Release.SetResult();
        foreach (var stream in blocked)
        {
            (await stream.EventAsync()).Data.ShouldStartWith("second");
            stream.Dispose();
        }
    });

    [Fact]
    public Task A_source_that_blocks_does_not_hold_up_its_streams_end() => WithAsync(static async (app, probe) =>
    {
        using var stream = await app.OpenAsync("/");
        (await stream.EventAsync()).Data.ShouldBe("first");
        var stopping = app.StopAsync();
        (await stream.RestAsync()).ShouldHaveSingleItem().Retry.ShouldNotBeNull();
        await stopping;
        (await probe.CompletionAsync(app)).Reason.ShouldBe(CloseReason.Drained);
        probe.Disposed.ShouldBe(0);
        probe.Release.SetResult();
        await Eventually.UntilAsync(() => probe.Disposed == 1);
    });

    [Fact]
    public Task A_client_that_leaves_lets_go_of_a_source_that_is_full() => WithAsync(static async (app, probe) =>
    {
        var stream = await app.OpenAsync("/endless", StalledReader.Options);
        await Eventually.UntilAsync(() => app.Connections.Snapshot().Any(static connection => connection.FlushingSince != 0));
        stream.Abort();
        (await probe.CompletionAsync(app)).Reason.ShouldBe(CloseReason.ClosedByClient);
        await Eventually.UntilAsync(() => probe.Disposed == 1);
    });

    [Fact]
    public Task A_source_that_throws_is_told_after_what_it_gave_before() => WithAsync(
        static async (app, probe) =>
        {
            using var stream = await app.OpenAsync("/throws");
            var blocks = await stream.RestAsync();
            blocks.Select(static block => block.Type).ShouldBe([null, "stream-error"]);
            (await probe.CompletionAsync(app)).Exception.ShouldBeOfType<InvalidOperationException>();
        },
        expects: "SourceFailed");

    private static async Task WithAsync(Func<StreamApp, StreamProbe, Task> test, TimeProvider? time = null, string? expects = null)
    {
        var probe = new StreamProbe();
        await new StreamApp
        {
            Time = time ?? TimeProvider.System,
            Expects = problem => problem.EventName == expects,
            Map = app =>
            {
                app.MapGet("/", () => TypedResults.EventStream(probe.Blocking(), probe.Options));
                app.MapGet("/endless", () => TypedResults.EventStream(probe.Endless(), probe.Options));
                app.MapGet("/throws", () => TypedResults.EventStream(Throwing(), probe.Options));
                app.MapGet("/list", static () => TypedResults.EventStream(["a", "b"]));
            },
        }.RunAsync(app => test(app, probe));
    }

    private static IEnumerable<string> Throwing()
    {
        yield return "x";
        throw new InvalidOperationException("secret");
    }
}
