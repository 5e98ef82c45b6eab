using System.Globalization;
using Curlew.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Curlew;

/// <summary>What a client says of the stream that it wants: where to begin, and which types and categories.</summary>
internal static class StreamQuery
{
    /// <summary>The type of an event that was given none.</summary>
    public const string DefaultType = "message";

    private const int MaxLast = 1_000_000;
    private const string EarliestId = "earliest";

    // ISO 8601, UTC where it does not say. Anything looser reads "12:00" as today, and 1/2 as what the author did not mean.
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd"];

    /// <summary>
    /// The values that the query gives a name, as <see cref="HttpRequest.Query"/> has them. What that has it keeps until the request ends, and a stream's
    /// request does not.
    /// </summary>
    public static StringValues Read(HttpRequest request, string name)
    {
        string? first = null;
        List<string>? all = null;
        foreach (var pair in new QueryStringEnumerable(request.QueryString.Value))
        {
            if (!pair.DecodeName().Span.Equals(name, StringComparison.OrdinalIgnoreCase))
                continue;
            var value = pair.DecodeValue().ToString();
            if (first is null)
                first = value;
            else
                (all ??= [first]).Add(value);
        }

        return all is null ? new(first) : new([.. all]);
    }

    /// <summary>Reads the last event id that the client has, whoever made it: a non-empty <c>Last-Event-ID</c> wins over <c>lastEventId</c>.</summary>
    public static string? ReadLastEventId(HttpRequest request)
    {
        string header = request.Headers["Last-Event-ID"].ToString(), query = Read(request, "lastEventId").ToString();
        return header.Length > 0 ? header : query.Length > 0 ? query : null;
    }

    /// <summary>Reads the start. Where several are given, a non-empty <c>Last-Event-ID</c> wins over <c>lastEventId</c>, that over <c>since</c>, that over <c>last</c>.</summary>
    /// <returns>Why the request is refused, or <see langword="null"/>.</returns>
    public static Refusal? ReadStart(HttpRequest request, bool hasHistory, out StartPosition start)
    {
        start = StartPosition.Now;
        string header = request.Headers["Last-Event-ID"].ToString(), id = Read(request, "lastEventId").ToString();
        string since = Read(request, "since").ToString(), last = Read(request, "last").ToString();
        if (!hasHistory)
        {
            var field = header.Length > 0 ? "Last-Event-ID" : id.Length > 0 ? "lastEventId" : since.Length > 0 ? "since" : last.Length > 0 ? "last" : null;
            return field is null ? null : Refusal.BadRequest(field, "this stream keeps no history, so it cannot be resumed");
        }

        if (header.Length == 0)
            header = id;
        if (header.Length > 0)
            start = header == EarliestId ? StartPosition.Earliest : StartPosition.After(header);
        else if (since.Length > 0)
            return ReadSince(since, out start);
        else if (last.Length > 0)
            return ReadLast(last, out start);
        return null;
    }

    /// <summary>
    /// Reads the types that the client narrows the stream to. A category stands for its types; where both are named, both must hold. With a catalog, what it
    /// does not list is refused, types unless the hub may hold others.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="max">The most types, and the most categories, that may be named.</param>
    /// <param name="catalog">The application's events; empty where there is no catalog.</param>
    /// <param name="allowsUnlisted">Whether the hub may hold types that the catalog does not list.</param>
    /// <param name="types">The types; none at all means all.</param>
    /// <returns>Why the request is refused, or <see langword="null"/>.</returns>
    public static Refusal? ReadTypes(HttpRequest request, int max, EventCatalog catalog, bool allowsUnlisted, out IReadOnlyCollection<string> types)
    {
        types = [];
        StringValues named = Read(request, "type"), categories = Read(request, "category");
        if (named.Count == 0 && categories.Count == 0)
            return null;
        if (named.Count > max)
            return Refusal.BadRequest("type", $"{named.Count} types are named; at most {max} can be");
        if (categories.Count > max)
            return Refusal.BadRequest("category", $"{categories.Count} categories are named; at most {max} can be");
        foreach (var type in named)
        {
            if (FindTypeFault(type, allowsUnlisted ? null : catalog) is { } fault)
                return Refusal.BadRequest("type", fault);
        }

        var wanted = new HashSet<string>(named!, StringComparer.Ordinal);
        if (categories.Count > 0)
        {
            if (FindTypesOf(categories, catalog, out var ofCategories) is { } fault)
                return Refusal.BadRequest("category", fault);
            if (named.Count == 0)
                wanted = ofCategories;
            else
                wanted.IntersectWith(ofCategories);
            // No type at all would mean every type.
            if (wanted.Count == 0)
                return Refusal.BadRequest("category", "none of the types that are named is of a category that is named");
        }

        types = wanted;
        return null;
    }

    private static string? FindTypeFault(string? type, EventCatalog? catalog)
    {
        if (string.IsNullOrEmpty(type))
            return "a type cannot be empty";
        if (type.Length > NewEvent.MaxTypeLength || !EventStreamEncoder.IsValidField(type))
            return $"a type has at most {NewEvent.MaxTypeLength} characters and no CR, LF or NUL";
        return catalog is null or { Events.Count: 0 } || type == DefaultType || catalog.Find(type) is not null
            ? null
            : $"there is no type '{type}'; the types are {List(catalog.Events.Select(static e => e.Type))}, and '{DefaultType}' for events without one";
    }

    private static string? FindTypesOf(StringValues categories, EventCatalog catalog, out HashSet<string> types)
    {
        types = new(StringComparer.Ordinal);
        if (catalog.Categories.Count == 0)
            return catalog.Events.Count == 0 ? "there are no categories, because there is no event catalog" : "there are no categories in the event catalog";
        foreach (var category in categories)
        {
            if (!catalog.Categories.TryGetValue(category ?? "", out var events))
                return $"there is no category '{category}'; the categories are {List(catalog.Categories.Keys)}";
            types.UnionWith(events.Select(static e => e.Type));
        }

        return null;
    }

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Select(static name => $"'{name}'"));

    private static Refusal? ReadSince(string text, out StartPosition start)
    {
        start = default;
        if (!DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return Refusal.BadRequest("since", "it must be a point in time in ISO 8601, such as 2026-01-31T12:00:00Z");
        start = StartPosition.Since(time);
        return null;
    }

    private static Refusal? ReadLast(string text, out StartPosition start)
    {
        start = default;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > MaxLast)
            return Refusal.BadRequest("last", $"it must be a number of events, from 0 to {MaxLast}");
        start = StartPosition.Last(count);
        return null;
    }
}
