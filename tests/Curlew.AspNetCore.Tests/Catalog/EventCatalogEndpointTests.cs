using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Curlew.AspNetCore.Tests.Catalog;

/// <summary>The description of the catalog that an application may map.</summary>
public sealed class EventCatalogEndpointTests
{
    [Fact]
    public Task The_description_has_the_events_their_schemas_and_the_counts() => new StreamApp
    {
        Options = static options => options.Events
            .Add<Paid>("order.paid", category: "orders", broadcast: true, description: "An order was paid.")
            .Add<Revoked, Text>("session.revoked", static e => new(e.UserId), category: "security", broadcast: true)
            .Add<Told, string>("told", static e => e.Words)
            .Add<Shipped>("order.shipped", category: "orders", broadcast: true, jsonTypeInfo: ShippedJson.Default.Shipped),
        Services = static builder => builder.Services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower),
        Map = static app => app.MapEventCatalog("/events/catalog"),
    }.RunAsync(static async app =>
    {
        using var client = app.CreateClient();
        using var response = await client.GetAsync("/events/catalog", Deadline.Token);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");

        var catalog = JsonNode.Parse(await response.Content.ReadAsStringAsync(Deadline.Token))!;

        JsonNode.DeepEquals(catalog, JsonNode.Parse("""
            {
              "count": 4,
              "categories": [{ "name": "orders", "count": 2 }, { "name": "security", "count": 1 }],
              "events": [
                {
                  "type": "order.paid", "category": "orders", "description": "An order was paid.", "payload": "Paid",
                  "schema": { "type": "object", "properties": { "order_id": { "type": "string" } }, "required": ["order_id"] }
                },
                {
                  "type": "session.revoked", "category": "security", "payload": "Text",
                  "schema": { "type": "object", "properties": { "words": { "type": "string" } }, "required": ["words"] }
                },
                { "type": "told", "payload": "String" },
                {
                  "type": "order.shipped", "category": "orders", "payload": "Shipped",
                  "schema": { "type": "object", "properties": { "By": { "type": "integer" } }, "required": ["By"] }
                }
              ]
            }
            """)).ShouldBeTrue($"{catalog}");
    });

    [Fact]
    public Task A_payload_that_no_schema_can_express_is_named_without_one() => new StreamApp
    {
        Options = static options => options.Events.Add<Paid>("paid", broadcast: true),
        Services = static builder => builder.Services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.ReferenceHandler = ReferenceHandler.Preserve),
        Map = static app => app.MapEventCatalog("/events/catalog"),
    }.RunAsync(static async app =>
    {
        using var client = app.CreateClient();
        (await client.GetStringAsync("/events/catalog", Deadline.Token)).ShouldBe("""{"count":1,"categories":[],"events":[{"type":"paid","payload":"Paid"}]}""");
    });

    [Fact]
    public Task Conventions_decide_who_may_read_it() => new StreamApp
    {
        Services = HeaderAuthentication.Add,
        Middleware = static app => app.UseAuthentication().UseAuthorization(),
        Map = static app => app.MapEventCatalog("/events/catalog").RequireAuthorization(),
    }.RunAsync(static async app =>
    {
        using var anonymous = await app.SendAsync("/events/catalog");
        anonymous.Status.ShouldBe(401);
        using var ann = await app.SendAsync("/events/catalog", ("X-User", "ann"));
        (await ann.ReadToEndAsync(Deadline.Token)).ShouldBe("""{"count":0,"categories":[],"events":[]}""");
    });

    [Fact]
    public Task Without_reflection_the_applications_JSON_can_describe_it() => new StreamApp
    {
        Services = static builder => builder.Services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Remove(
            json.SerializerOptions.TypeInfoResolverChain.Single(static resolver => resolver is DefaultJsonTypeInfoResolver))),
    }.RunAsync(static app =>
    {
        app.Publisher.PayloadJson.TryGetTypeInfo(typeof(CatalogDescription), out _).ShouldBeTrue();
        app.Publisher.PayloadJson.TryGetTypeInfo(typeof(Paid), out _).ShouldBeFalse();
        return Task.CompletedTask;
    });

    private sealed record Paid(string OrderId);

    private sealed record Revoked(string UserId);

    private sealed record Text(string Words);

    private sealed record Told(string Words);

    internal sealed record Shipped(int By);
}

[JsonSerializable(typeof(EventCatalogEndpointTests.Shipped))]
internal sealed partial class ShippedJson : JsonSerializerContext;
