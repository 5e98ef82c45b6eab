using System.Globalization;
using Curlew.Protocol;
using Microsoft.AspNetCore.Http;

namespace Curlew;

/// <summary>What a client says of the stream that it wants: where to begin, and which types.</summary>
internal static class StreamQuery
{
    private const int MaxLast = 1_000_000;
    private const string EarliestId = "earliest";

    // ISO 8601, UTC where it does not say. Anything looser reads "12:00" as today, and 1/2 as what the author did not mean.
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd"];

    /// <summary>Reads the last event id that the client has, whoever made it: a non-empty <c>Last-Event-ID</c> wins over <c>lastEventId</c>.</summary>
    public static string? ReadLastEventId(HttpRequest request)
    {
        string header = request.Headers["Last-Event-ID"].ToString(), query = request.Query["lastEventId"].ToString();
        return header.Length > 0 ? header : query.Length > 0 ? query : null;
    }

    /// <summary>Reads the start. Where several are given, a non-empty <c>Last-Event-ID</c> wins over <c>lastEventId</c>, that over <c>since</c>, that over <c>last</c>.</summary>
    /// <returns>Why the request is refused, or <see langword="null"/>.</returns>
    public static Refusal? ReadStart(HttpRequest request, bool hasHistory, out StartPosition start)
    {
        start = StartPosition.Now;
        var query = request.Query;
        string header = request.Headers["Last-Event-ID"].ToString(), id = query["lastEventId"].ToString(), since = query["since"].ToString(), last = query["last"].ToString();
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

    /// <summary>Reads the types that the client narrows the stream to.</summary>
    /// <returns>Why the request is refused, or <see langword="null"/>.</returns>
    public static Refusal? ReadTypes(HttpRequest request, int maxTypes, out IReadOnlyCollection<string> types)
    {
        var named = request.Query["type"];
        types = [];
        if (named.Count == 0)
            return null;
        if (named.Count > maxTypes)
            return Refusal.BadRequest("type", $"{named.Count} types are named; at most {maxTypes} can be");
        foreach (var type in named)
        {
            if (string.IsNullOrEmpty(type))
                return Refusal.BadRequest("type", "a type cannot be empty");
            if (type.Length > NewEvent.MaxTypeLength || !EventStreamEncoder.IsValidField(type))
                return Refusal.BadRequest("type", $"a type has at most {NewEvent.MaxTypeLength} characters and no CR, LF or NUL");
        }

        types = [.. named!];
        return null;
    }

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
