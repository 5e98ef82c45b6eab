using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace Cookbook;

static class FlexibleGenerator
{
    public static void MapFlexibleGenerator(this WebApplication app) => app.MapGet("/flexible", () => TypedResults.EventStream(Mixed()));

    static IEnumerable<object> Mixed()
    {
        yield return "text, as it is";
        yield return new Dictionary<string, object?> { ["event"] = "dictionary", ["data"] = new[] { 1, 2 }, ["id"] = 1, ["retry"] = 2000 };
        yield return new Dictionary<string, object?> { ["without"] = "any of those keys" };
        yield return new JsonObject { ["event"] = "json", ["data"] = "from a JsonObject" };
        yield return new Alarm("The door is open", Id: "2");
        yield return new SseItem<string>("an SseItem", "item") { EventId = "3" };
        yield return new { Anything = "else is JSON" };
    }

    /// <summary>A class of your own becomes an event by its <c>Data</c>, <c>Type</c>, <c>Id</c> and <c>Retry</c>; all but the first are optional.</summary>
    record Alarm(string Text, string Id) : IServerSentEvent
    {
        object IServerSentEvent.Data => new { Text };

        string IServerSentEvent.Type => "alarm";
    }
}
