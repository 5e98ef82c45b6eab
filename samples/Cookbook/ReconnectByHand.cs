using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace Cookbook;

static class ReconnectByHand
{
    // The header Last-Event-ID, which an EventSource sends by itself, or ?lastEventId=, where a page reconnects by hand.
    public static void MapReconnectByHand(this WebApplication app) =>
        app.MapGet("/chapters", () => TypedResults.EventStream((lastEventId, cancel) => ChaptersAfter(lastEventId, cancel)));

    static async IAsyncEnumerable<SseItem<string>> ChaptersAfter(string? lastEventId, [EnumeratorCancellation] CancellationToken cancel)
    {
        // It comes from the client: anything may be in it.
        var read = int.TryParse(lastEventId, out var number) ? number : 0;
        for (var chapter = Math.Max(read, 0) + 1; chapter <= 5; chapter++)
        {
            yield return new($"Chapter {chapter}", "chapter") { EventId = $"{chapter}" };
            await Task.Delay(100, cancel);
        }

        yield return new("", "end");
    }
}
