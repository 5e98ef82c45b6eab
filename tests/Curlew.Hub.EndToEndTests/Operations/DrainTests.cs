using System.Diagnostics;

namespace Curlew.Hub.EndToEndTests.Operations;

/// <summary>SIGTERM while streams are open.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task Stop_TellsThoseWhoReadToComeBack_CutsTheRest_AndIsOnTime()
    {
        var reading = Load.Of(1000, 5000);
        const int stalledReaders = 20;
        var drainPeriod = TimeSpan.FromSeconds(5);
        await using var hub = await HubUnderTest.StartAsync("Curlew:MaxConnectionsPerAddress=10000", "Curlew:WriteTimeout=10m");
        var stalled = new List<RawStream>();
        for (var i = 0; i < stalledReaders; i++)
            stalled.Add(await hub.SubscribeAsync("topic=large"));
        for (var i = 0; i < 50; i++)
            await hub.PublishAsync("large", new string('x', 64 * 1024));
        var streams = new List<RawStream>();
        for (var i = 0; i < reading; i++)
        {
            streams.Add(await hub.SubscribeAsync("topic=small"));
            await streams[^1].BlockAsync();
        }

        await hub.OpenStreamsAsync(reading + stalledReaders);
        var endings = streams.Select(static stream => Task.Run(stream.RestAsync)).ToArray();

        var clock = Stopwatch.StartNew();
        hub.Program.Signal(UnixSignal.Terminate);

        // Those who do not read hold the stop up to its end, so that there is time to look.
        await Eventually.UntilAsync(async () => (await hub.GetAsync("health/ready")).Status == 503);
        using (var refused = await hub.AskAsync("topic=small"))
        {
            (await refused.AnswerAsync()).ShouldBeRefused(503);
            refused.Headers.GetValueOrDefault("Retry-After").ShouldNotBeNull();
        }

        (await hub.GetAsync("health/live")).Status.ShouldBe(200);
        _ = await hub.PublishAsync("elsewhere", "publishing goes on");

        var delays = new List<int>();
        foreach (var ending in endings)
        {
            var last = (await ending).ShouldHaveSingleItem();
            last.IsEvent.ShouldBeFalse();
            delays.Add(last.Retry.ShouldNotBeNull());
        }

        var told = clock.Elapsed;
        (await hub.Program.WaitForExitAsync()).ShouldBe(0);
        var stopped = clock.Elapsed;
        TestContext.Current.TestOutputHelper!.WriteLine($"{reading} streams were told within {told.TotalSeconds:0.00} s; the program ended after {stopped.TotalSeconds:0.00} s");
        delays.Distinct().Count().ShouldBeGreaterThan(reading / 10);
        delays.ShouldAllBe(static delay => delay >= 2000 && delay <= 4000);
        stopped.ShouldBeGreaterThan(drainPeriod * 0.9);
        // A second more is what is promised; an ordinary run shares the machine.
        stopped.ShouldBeLessThan(drainPeriod + TimeSpan.FromSeconds(Load.IsLong ? 1 : 15));

        foreach (var stream in stalled)
            await Should.ThrowAsync<IOException>(stream.RestAsync);
        hub.Complaints.ShouldHaveSingleItem().ShouldContain($"Cut {stalledReaders} event streams");
    }

    [Fact]
    public async Task Stop_WithIdleStreamsOnly_TakesLittleTime()
    {
        await using var hub = await HubUnderTest.StartAsync("Curlew:DrainPeriod=5m", "shutdownTimeoutSeconds=600");
        using var stream = await hub.SubscribeAsync("topic=a");
        await stream.BlockAsync();

        hub.Program.Signal(UnixSignal.Terminate);

        (await stream.RestAsync()).ShouldHaveSingleItem().Retry.ShouldNotBeNull();
        (await hub.Program.WaitForExitAsync()).ShouldBe(0);
        hub.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Stop_WhileEventsFlow_EndsTheStreamWithoutAHole()
    {
        await using var hub = await HubUnderTest.StartAsync();
        using var stream = await hub.SubscribeAsync("topic=a");
        var acknowledged = 0;
        var publishing = Task.Run(
            async () =>
            {
                try
                {
                    for (; ; acknowledged++)
                        await hub.PublishAsync("a", $"{acknowledged}");
                }
                catch (HttpRequestException)
                {
                    // The program is gone.
                }
            },
            Deadline.Token);
        var before = await stream.DataAsync(20);

        hub.Program.Signal(UnixSignal.Terminate);

        var blocks = await stream.RestAsync();
        (await hub.Program.WaitForExitAsync()).ShouldBe(0);
        await publishing;
        string[] received = [.. before, .. blocks.Where(static block => block.IsEvent).Select(static block => block.Data!)];
        received.ShouldBe(Enumerable.Range(0, received.Length).Select(static number => $"{number}"));
        // Stored and delivered, the last one may have been answered by nobody.
        received.Length.ShouldBeLessThanOrEqualTo(acknowledged + 1);
        blocks[^1].Retry.ShouldNotBeNull();
    }
}
