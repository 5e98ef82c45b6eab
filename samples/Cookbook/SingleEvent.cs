using System.Net.ServerSentEvents;

namespace Cookbook;

static class SingleEvent
{
    public static void MapSingleEvent(this WebApplication app)
    {
        app.MapGet("/single", () => TypedResults.EventStream(new SseItem<Order>(new(42, "paid"), "order") { EventId = "42" }));

        app.MapGet("/single/text", () => TypedResults.EventStream("Hello"));
    }

    record Order(int Number, string State);
}
