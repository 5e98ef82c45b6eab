using System.Runtime.CompilerServices;

namespace Cookbook;

static class LongStream
{
    // Every 15 seconds where nothing is set. Only while the stream is silent, and whatever its source does meanwhile.
    public static void MapLongStream(this WebApplication app) => app.MapGet(
        "/long-stream", () => TypedResults.EventStream(Report(), new EventStreamOptions { KeepAlive = TimeSpan.FromMilliseconds(200) }));

    static async IAsyncEnumerable<string> Report([EnumeratorCancellation] CancellationToken cancel = default)
    {
        yield return "The report is being written.";
        await Task.Delay(1000, cancel);
        yield return "Here it is.";
    }
}
