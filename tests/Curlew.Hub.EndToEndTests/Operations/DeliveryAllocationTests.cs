namespace Curlew.Hub.EndToEndTests.Operations;

/// <summary>What deliveries take from the heap of the running program.</summary>
public sealed class DeliveryAllocationTests
{
    private const int Events = 200;

    [Fact]
    public async Task Deliveries_ToManyStreams_AllocateNoMoreThanToFew()
    {
        const int few = 10;
        const int many = 500;
        await using var hub = await HubUnderTest.StartAsync();
        // Warm: everything that a delivery runs has run, and has what it keeps.
        await MeasureAsync(hub, many);

        var toFew = await MeasureAsync(hub, few);
        var toMany = await MeasureAsync(hub, many);

        var each = (toMany - toFew) / (Events * (many - few));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{Events} events took {toFew / 1024:0} KiB to {few} streams and {toMany / 1024:0} KiB to {many}: {each:0.00} bytes for each delivery");
        // The smallest object takes 24 bytes.
        each.ShouldBeLessThan(12);
    }

    private static async Task<double> MeasureAsync(HubUnderTest hub, int count)
    {
        var streams = new List<RawStream>();
        for (var i = 0; i < count; i++)
        {
            streams.Add(await hub.SubscribeAsync("topic=a"));
            await streams[i].BlockAsync();
        }

        await hub.OpenStreamsAsync(count);
        var before = await hub.MetricAsync("dotnet_gc_heap_total_allocated_bytes_total");
        for (var i = 0; i < Events; i++)
        {
            // One after the other, each to everybody: how many would wait otherwise, and in arrays of what length, is up to the machine.
            await hub.PublishAsync("a", "of some length, as events are");
            foreach (var stream in streams)
                (await stream.DataAsync(1)).Length.ShouldBe(1);
        }

        var after = await hub.MetricAsync("dotnet_gc_heap_total_allocated_bytes_total");

        before.ShouldBeGreaterThan(0);
        streams.ForEach(static stream => stream.Dispose());
        await hub.OpenStreamsAsync(0);
        return after - before;
    }
}
