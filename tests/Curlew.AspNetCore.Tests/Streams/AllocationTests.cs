using System.Net.ServerSentEvents;
using Microsoft.AspNetCore.Http;

namespace Curlew.AspNetCore.Tests.Streams;

/// <summary>What ten thousand events of one generator cost, beyond what the generator makes. All of it runs on the test's thread.</summary>
public sealed class AllocationTests
{
    private const int Events = 10_000;
    private const int MostBytesPerEvent = 16;

    [Fact]
    public Task Text() => CostsAsync(static count => TypedResults.EventStream(ReadyAsync("some text of an event", count)));

    [Fact]
    public Task Events_of_text() => CostsAsync(static count => TypedResults.EventStream(
        ReadyAsync(new SseItem<string>("some text of an event", "type") { EventId = "id", ReconnectionInterval = TimeSpan.FromSeconds(1) }, count)));

    [Fact]
    public Task JSON() => CostsAsync(static count => TypedResults.EventStream(ReadyAsync(Point.Origin, count)));

    private static Task CostsAsync(Func<int, EventStreamResult> result) => new StreamApp().RunAsync(async app =>
    {
        await MeasureAsync(app, result(Events));
        var fixedCost = await MeasureAsync(app, result(0));
        var cost = await MeasureAsync(app, result(Events));
        ((cost - fixedCost) / (double)Events).ShouldBeLessThanOrEqualTo(MostBytesPerEvent);
    });

    private static async Task<long> MeasureAsync(StreamApp app, EventStreamResult result)
    {
        var (thread, before) = (Environment.CurrentManagedThreadId, GC.GetAllocatedBytesForCurrentThread());
        await RecordedResponse.RunAsync(app, result, keeps: false);
        Environment.CurrentManagedThreadId.ShouldBe(thread, "Nothing was pending.");
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static async IAsyncEnumerable<T> ReadyAsync<T>(T item, int count)
    {
        for (var i = 0; i < count; i++)
            yield return item;
        await Task.CompletedTask;
    }

    private sealed record Point(int X, int Y)
    {
        public static Point Origin { get; } = new(0, 0);
    }
}
