using System.Net;

namespace Curlew.Hub.EndToEndTests.Operations;

/// <summary>What a stream costs on which nothing happens.</summary>
public sealed class IdleStreamTests
{
    [Fact]
    public async Task Idle_Streams_OwnNoThreadAndNoTimer_AndLittleMemory()
    {
        const int few = 100;
        var many = Load.Of(1000, 9000);
        await using var hub = await HubUnderTest.StartAsync("Curlew:MaxConnectionsPerAddress=10000", "Curlew:KeepAlive=2s");
        var streams = new List<RawStream>();

        // Warm: everything that a stream runs has run.
        await OpenAsync(few);
        await KeepAlivesAsync(few);
        streams.ForEach(static stream => stream.Dispose());
        streams.Clear();
        await hub.OpenStreamsAsync(0);
        var without = hub.Program.ResidentBytes;

        await OpenAsync(few);
        await KeepAlivesAsync(few);
        var timers = await TimersAsync();
        var threads = await ThreadsAsync();

        await OpenAsync(many - few);
        await KeepAlivesAsync(many);
        var with = hub.Program.ResidentBytes;

        timers.ShouldBeGreaterThan(0);
        (await TimersAsync()).ShouldBe(timers, 5);
        threads.ShouldBeGreaterThan(0);
        // The pool takes back the threads that the opening has made when they have been idle for some twenty seconds.
        await Eventually.UntilAsync(async () => await ThreadsAsync() <= threads + 5, TimeSpan.FromMinutes(1));
        var each = (with - without) / many;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{many} idle streams: {each / 1024.0:0.0} KiB each (resident {with / 1024} KiB, without {without / 1024} KiB), {timers} timers, {threads} pool threads");
        each.ShouldBeLessThan(128 * 1024);
        foreach (var stream in streams)
            stream.Dispose();
        hub.Complaints.ShouldBeEmpty();

        Task<double> TimersAsync() => hub.MetricAsync("dotnet_timer_count");

        Task<double> ThreadsAsync() => hub.MetricAsync("dotnet_thread_pool_thread_count_total");

        async Task OpenAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                // One address has only so many ports to connect from.
                var stream = await RawStream.ConnectAsync(
                    hub.Port, $"/events?topic=idle/{i}", new() { LocalAddress = new IPAddress([127, 0, 0, (byte)(1 + (streams.Count % 8))]) }, Deadline.Token);
                stream.Status.ShouldBe(200);
                await stream.BlockAsync();
                streams.Add(stream);
            }

            await hub.OpenStreamsAsync(streams.Count);
        }

        async Task KeepAlivesAsync(int count)
        {
            var sent = await hub.MetricAsync("curlew_keepalives_total");
            await Eventually.UntilAsync(async () => await hub.MetricAsync("curlew_keepalives_total") >= sent + count);
        }
    }
}
