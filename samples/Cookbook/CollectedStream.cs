namespace Cookbook;

static class CollectedStream
{
    // Read to its end first, then sent in one response with a Content-Length: for a test, or a client that cannot stream.
    public static void MapCollectedStream(this WebApplication app) => app.MapGet(
        "/collected", () => TypedResults.EventStream(AsyncEnumerable.Range(1, 3), new EventStreamOptions { Buffered = true }));
}
