using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace Cookbook;

static class StructuredEvents
{
    public static void MapStructuredEvents(this WebApplication app) =>
        app.MapGet("/structured-events", () => TypedResults.EventStream(Work()));

    static async IAsyncEnumerable<SseItem<object>> Work([EnumeratorCancellation] CancellationToken cancel = default)
    {
        yield return new(new Welcome("Hello"), "welcome") { EventId = "0", ReconnectionInterval = TimeSpan.FromSeconds(5) };
        for (var step = 1; step <= 3; step++)
        {
            await Task.Delay(100, cancel);
            yield return new(new Status(step, Of: 3), "status") { EventId = $"{step}" };
        }

        yield return new("done", "complete") { EventId = "4" };
    }

    record Welcome(string Text);

    record Status(int Step, int Of);
}
