using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

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

    [Fact]
    public Task The_document_of_an_application_with_both_faces_names_what_the_catalog_lists() => new StreamApp
    {
        Options = static curlew => curlew.Events
            .Add<OrderPaid>("order.paid", category: "orders", topics: static e => [$"orders/{e.OrderId}"], description: "An order was paid.")
            .Add<SessionRevoked>("session.revoked", category: "security", user: static e => e.UserId),
        Curlew = static curlew => curlew.AddHub("imported", static hub => hub.AllowUnlistedTypes = true),
        Services = static builder =>
        {
            builder.Services.AddOpenApi(options => options.AddOperationTransformer((operation, context, cancel) =>
            {
                var stream = context.Description.ActionDescriptor.EndpointMetadata.OfType<EventStreamMetadata>().FirstOrDefault();
                foreach (var parameter in operation.Parameters ?? [])
                {
                    var values = parameter.Name switch { "type" => stream?.Types, "category" => stream?.Categories, _ => null };
                    if (values is { Count: > 0 } && parameter.Schema?.Items is OpenApiSchema items)
                        items.Enum = [.. values.Select(value => JsonValue.Create(value))];
                }

                return Task.CompletedTask;
            }));
        },
        Map = static app =>
        {
            app.MapOpenApi();
            app.MapEventCatalog("/events/catalog").WithSummary("The events.");
            app.MapEventStream("/orders/{id}/events", "orders/{id}").WithName("order-events");
            app.MapEventStream("/imported", hub: "imported");
            app.MapGet("/count", static () => TypedResults.EventStream(["1", "2"])).WithName("count");
        },
    }.RunAsync(static async app =>
    {
        using var client = app.CreateClient();
        var document = JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json", Deadline.Token))!;
        var paths = document["paths"]!;
        paths.AsObject().Select(static path => path.Key).ShouldBe(["/events/catalog", "/orders/{id}/events", "/imported", "/count"], ignoreOrder: true);

        var orders = paths["/orders/{id}/events"]!["get"]!;
        ((string?)orders["operationId"]).ShouldBe("order-events");
        Parameters(orders).ShouldBe(["path id", "query type", "query category", "query lastEventId", "query since", "query last", "header Last-Event-ID"], ignoreOrder: true);
        Values(orders, "type").ShouldBe(["order.paid", "session.revoked", "message"]);
        Values(orders, "category").ShouldBe(["orders", "security"]);
        ((string?)Parameter(orders, "type")["description"]).ShouldBe("Only events of these types; 'message' means events without a type.");

        var imported = paths["/imported"]!["get"]!;
        Values(imported, "type").ShouldBeEmpty();
        Values(imported, "category").ShouldBe(["orders", "security"]);

        var count = paths["/count"]!["get"]!;
        ((string?)count["operationId"]).ShouldBe("count");
        count["parameters"].ShouldBeNull();
        foreach (var stream in (JsonNode[])[orders, imported, count])
        {
            stream["responses"]!["200"]!["content"]!.AsObject().Select(static content => content.Key).ShouldBe(["text/event-stream"]);
            stream["responses"]!.AsObject().Select(static response => response.Key).ShouldContain(static status => status == "429");
        }

        count["responses"]!.AsObject().Select(static response => response.Key).ShouldNotContain(static status => status == "400");

        var catalog = paths["/events/catalog"]!["get"]!;
        ((string?)catalog["summary"]).ShouldBe("The events.");
        var schema = Resolve(document, catalog["responses"]!["200"]!["content"]!["application/json"]!["schema"]!);
        schema["properties"]!.AsObject().Select(static property => property.Key).ShouldBe(["count", "categories", "events"], ignoreOrder: true);
    });

    private static JsonNode Resolve(JsonNode document, JsonNode schema) =>
        (string?)schema["$ref"] is { } reference ? document["components"]!["schemas"]![reference.Split('/')[^1]]! : schema;

    private static JsonNode Parameter(JsonNode operation, string name) =>
        operation["parameters"]!.AsArray().Single(parameter => (string?)parameter!["name"] == name)!;

    private static IEnumerable<string?> Values(JsonNode operation, string name) =>
        Parameter(operation, name)["schema"]!["items"]!["enum"]?.AsArray().Select(static value => (string?)value) ?? [];

    private sealed record OrderPaid(string OrderId);

    private sealed record SessionRevoked(string UserId);

    private static IEnumerable<string> Parameters(JsonNode operation) =>
        operation["parameters"]!.AsArray().Select(static parameter => $"{parameter!["in"]} {parameter["name"]}");
}
