using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Curlew.AspNetCore.Tests.Endpoints;

public sealed class OpenApiTests
{
    [Fact]
    public Task The_document_describes_a_stream() => new StreamApp
    {
        Services = static builder => builder.Services.AddOpenApi(),
        Map = static app =>
        {
            app.MapOpenApi();
            app.MapEventStream("/orders/{id}/events", "orders/{id}").WithName("order-events").WithSummary("What happens to an order.");
            app.MapEventStream("/events", stream => stream.AllowClientTopics("public/**")).WithTags("public");
        },
    }.RunAsync(static async app =>
    {
        using var client = app.CreateClient();
        var document = JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json", Deadline.Token))!;

        var orders = document["paths"]!["/orders/{id}/events"]!["get"]!;
        ((string?)orders["operationId"]).ShouldBe("order-events");
        ((string?)orders["summary"]).ShouldBe("What happens to an order.");
        orders["responses"]!.AsObject().Select(static response => response.Key).ShouldBe(["200", "400", "429", "503"]);
        orders["responses"]!["200"]!["content"]!.AsObject().Select(static content => content.Key).ShouldBe(["text/event-stream"]);
        orders["responses"]!["429"]!["content"]!.AsObject().Select(static content => content.Key).ShouldBe(["application/problem+json"]);
        Parameters(orders).ShouldBe(["path id", "query type", "query lastEventId", "query since", "query last", "header Last-Event-ID"], ignoreOrder: true);
        orders["parameters"]!.AsArray().ShouldAllBe(static parameter => (string?)parameter!["in"] == "path" || ((string?)parameter["description"])!.EndsWith('.'));

        var events = document["paths"]!["/events"]!["get"]!;
        Parameters(events).ShouldBe(["query topic", "query type", "query lastEventId", "query since", "query last", "header Last-Event-ID"], ignoreOrder: true);

        events["tags"]![0]!.ToString().ShouldBe("public");
        orders["tags"]![0]!.ToString().ShouldBe((string?)document["info"]!["title"]!.ToString().Split(" | ")[0]);
        document["paths"]!["/events"]!.AsObject().Select(static operation => operation.Key).ShouldBe(["get"]);

        // An operation's id is unique in a document.
        string?[] ids = [.. document["paths"]!.AsObject().SelectMany(static path => path.Value!.AsObject()).Select(static operation => (string?)operation.Value!["operationId"]).OfType<string>()];
        ids.ShouldBeUnique(StringComparer.Ordinal);
    });

    private static IEnumerable<string> Parameters(JsonNode operation) =>
        operation["parameters"]!.AsArray().Select(static parameter => $"{parameter!["in"]} {parameter["name"]}");
}
