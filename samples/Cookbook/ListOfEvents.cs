using System.Net.ServerSentEvents;

namespace Cookbook;

static class ListOfEvents
{
    public static void MapListOfEvents(this WebApplication app)
    {
        app.MapGet("/list", () => TypedResults.EventStream([
            new SseItem<string>("Ann joined", "join") { EventId = "1" },
            new SseItem<string>("Hello\nBob", "message") { EventId = "2" },
            new SseItem<string>("Ann left", "leave") { EventId = "3" }]));

        app.MapGet("/list/objects", () => TypedResults.EventStream(new List<Point> { new(1, 2), new(3, 4) }));
    }

    record Point(int X, int Y);
}
