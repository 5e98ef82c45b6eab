namespace Curlew;

/// <summary>
/// What the metadata of an endpoint says of its event stream, for whoever describes endpoints: an OpenAPI document can name the values of <c>type</c> and
/// <c>category</c> with it.
/// </summary>
public sealed class EventStreamMetadata
{
    internal EventStreamMetadata(string hub, EventCatalog catalog, bool allowsUnlisted)
    {
        Hub = hub;
        if (catalog.Events.Count > 0 && !allowsUnlisted)
            Types = [.. catalog.Events.Select(static e => e.Type).Append(StreamQuery.DefaultType).Distinct(StringComparer.Ordinal)];
        Categories = [.. catalog.Categories.Keys];
    }

    /// <summary>The name of the hub; the default hub's is the empty string.</summary>
    public string Hub { get; }

    /// <summary>What <c>?type=</c> may be: the catalog's types, and <c>message</c> for events without a type. Empty where any type is taken.</summary>
    public IReadOnlyList<string> Types { get; } = [];

    /// <summary>What <c>?category=</c> may be. Empty where there is no category.</summary>
    public IReadOnlyList<string> Categories { get; }
}
