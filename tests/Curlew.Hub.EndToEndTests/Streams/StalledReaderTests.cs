using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Curlew.Hub.EndToEndTests.Streams;

/// <summary>Clients that stop reading while large events flow: what they cost, whom they delay, and what they get when they read again.</summary>
public sealed class StalledReaderTests
{
    private const int EventBytes = 64 * 1024;
    private const int LiveReaders = 5;

    [Fact]
    public async Task Stalled_CostLessThanAMegabyteEach_DelayNobody_AndReadOnWithAGapTold()
    {
        const int stalledReaders = 50;
        const int events = 100 * 1024 * 1024 / EventBytes;
        await using var hub = await HubUnderTest.StartAsync("Curlew:WriteTimeout=10m");
        var live = await SubscribeAsync(hub, LiveReaders);

        // A run without them, which also fills the log to its bound.
        var without = await FlowAsync(hub, live, 0, events);
        var before = Memory.Of(hub);
        var stalled = await SubscribeAsync(hub, stalledReaders);
        var with = await FlowAsync(hub, live, events, events);
        var after = Memory.Of(hub);

        var each = (after.Total - before.Total) / stalledReaders;
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"p99 without {P99(without).TotalMilliseconds:0.0} ms, with {P99(with).TotalMilliseconds:0.0} ms; median {Quantile(without, 0.5).TotalMilliseconds:0.0} and {Quantile(with, 0.5).TotalMilliseconds:0.0} ms");
        output.WriteLine($"each stalled reader costs {each / 1024} KiB: resident {(after.Resident - before.Resident) / 1024} KiB, kernel {(after.Kernel - before.Kernel) / 1024} KiB for all");
        each.ShouldBeLessThan(1024 * 1024);
        // Whoever waited for one of them would wait for minutes: the write timeout is ten. How late the others are beside that is the machine's.
        P99(with).ShouldBeLessThan(P99(without) * 5 + TimeSpan.FromSeconds(10));

        // Each of them reads 64 MiB again: some stand for all.
        foreach (var stream in stalled.Take(Load.Of(8, stalledReaders)))
        {
            var gaps = 0;
            var next = events;
            while (next < 2 * events)
            {
                var e = await stream.EventAsync();
                if (e.Type == "gap")
                {
                    e.Data.ShouldNotBeNull().ShouldContain("trimmed");
                    gaps++;
                    // The next one is the oldest retained; those from here on are all there.
                    var oldest = NumberOf(await stream.EventAsync());
                    oldest.ShouldBeGreaterThan(next);
                    next = oldest + 1;
                }
                else
                {
                    NumberOf(e).ShouldBe(next++);
                }
            }

            // 100 MB went by, of which the log keeps 64 MiB and the connection's buffers a little.
            gaps.ShouldBe(1);
        }

        live.Concat(stalled).ToList().ForEach(static stream => stream.Dispose());
        hub.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Stalled_WithinTheRetention_ReadOnWithoutAGap()
    {
        const int events = 300;
        await using var hub = await HubUnderTest.StartAsync("Curlew:WriteTimeout=10m");
        var live = await SubscribeAsync(hub, 1);
        var stalled = await SubscribeAsync(hub, 10);

        await FlowAsync(hub, live, 0, events);

        foreach (var stream in stalled)
            await ReadNumbersAsync(stream, 0, events);
    }

    [Fact]
    public async Task Stalled_BeyondTheWriteTimeout_AreClosed_AndComeBackForTheSame()
    {
        const int events = 300;
        const int stalledReaders = 20;
        await using var hub = await HubUnderTest.StartAsync("Curlew:WriteTimeout=500ms");
        var live = await SubscribeAsync(hub, 1);
        var stalled = await SubscribeAsync(hub, stalledReaders);

        await FlowAsync(hub, live, 0, events);
        await Eventually.UntilAsync(async () => await hub.MetricAsync("curlew_connections_closed_total", "WriteTimeout") == stalledReaders);
        (await hub.MetricAsync("curlew_connections_active")).ShouldBe(1);

        foreach (var stream in stalled)
        {
            var next = 0;
            await Should.ThrowAsync<IOException>(async () =>
            {
                while (true)
                    NumberOf(await stream.EventAsync()).ShouldBe(next++);
            });
            using var back = await hub.SubscribeAsync("topic=large", stream.LastEventId);
            await ReadNumbersAsync(back, next, events);
        }

        hub.Complaints.ShouldBeEmpty();
    }

    private static async Task<List<RawStream>> SubscribeAsync(HubUnderTest hub, int count)
    {
        var streams = new List<RawStream>();
        for (var i = 0; i < count; i++)
        {
            var stream = await hub.SubscribeAsync("topic=large");
            await stream.BlockAsync();
            streams.Add(stream);
        }

        return streams;
    }

    /// <summary>Publishes at a steady rate, while the live readers read it all.</summary>
    /// <returns>The time from the publisher's hand to each reader's, of each event.</returns>
    private static async Task<List<TimeSpan>> FlowAsync(HubUnderTest hub, List<RawStream> live, int first, int count)
    {
        var interval = TimeSpan.FromMilliseconds(4);
        var reading = live.Select(stream => Task.Run(() => ReadAsync(stream))).ToArray();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            var ahead = (interval * i) - Stopwatch.GetElapsedTime(started);
            if (ahead > TimeSpan.Zero)
                await Task.Delay(ahead, Deadline.Token);
            var data = new byte[EventBytes];
            data.AsSpan().Fill((byte)'x');
            Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{first + i} {Stopwatch.GetTimestamp()} "), data);
            _ = (await hub.PostAsync("text/plain", data, "?topic=large")).Id;
        }

        return [.. (await Task.WhenAll(reading)).SelectMany(static times => times)];

        async Task<List<TimeSpan>> ReadAsync(RawStream stream)
        {
            var times = new List<TimeSpan>(count);
            for (var number = first; number < first + count; number++)
            {
                var e = await stream.EventAsync();
                NumberOf(e).ShouldBe(number);
                times.Add(Stopwatch.GetElapsedTime(long.Parse(e.Data!.Split(' ', 3)[1], CultureInfo.InvariantCulture), e.Arrived));
            }

            return times;
        }
    }

    private static async Task ReadNumbersAsync(RawStream stream, int first, int end)
    {
        for (var number = first; number < end; number++)
            NumberOf(await stream.EventAsync()).ShouldBe(number);
        stream.Dispose();
    }

    private static int NumberOf(StreamBlock block) => int.Parse(block.Data.ShouldNotBeNull().Split(' ', 2)[0], CultureInfo.InvariantCulture);

    private static TimeSpan P99(List<TimeSpan> times) => Quantile(times, 0.99);

    private static TimeSpan Quantile(List<TimeSpan> times, double share) => times.Order().ElementAt((int)(times.Count * share));
}
