using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;

namespace Curlew;

/// <summary>What the endpoint of the catalog answers. The names are written out, so that no setting of the application changes them.</summary>
internal sealed record CatalogDescription(
    [property: JsonPropertyName("count")] int Count,
    [property: JsonPropertyName("categories")] IReadOnlyList<CatalogDescription.OfCategory> Categories,
    [property: JsonPropertyName("events")] IReadOnlyList<CatalogDescription.OfEvent> Events)
{
    private static readonly JsonSchemaExporterOptions SchemaOptions = new() { TreatNullObliviousAsNonNullable = true };

    public static CatalogDescription Of(EventCatalog catalog, JsonSerializerOptions json) => new(
        catalog.Events.Count,
        [.. catalog.Categories.Select(static category => new OfCategory(category.Key, category.Value.Count))],
        [.. catalog.Events.Select(e => new OfEvent(e.Type, e.Category, e.Description, e.PayloadType.Name, SchemaOf(e, json)))]);

    private static JsonNode? SchemaOf(EventDefinition e, JsonSerializerOptions json)
    {
        try
        {
            return e.FindTypeInfo(json)?.GetJsonSchemaAsNode(SchemaOptions);
        }
        catch (NotSupportedException)
        {
            // Of metadata that no schema can express, such as preserved references. The name has to do.
            return null;
        }
    }

    internal sealed record OfCategory([property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("count")] int Count);

    internal sealed record OfEvent(
        [property: JsonPropertyName("type")] string Type,
        [property: JsonPropertyName("category")] string? Category,
        [property: JsonPropertyName("description")] string? Description,
        [property: JsonPropertyName("payload")] string Payload,
        [property: JsonPropertyName("schema")] JsonNode? Schema);
}
