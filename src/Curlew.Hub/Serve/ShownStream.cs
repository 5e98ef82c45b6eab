using System.Buffers;

namespace Curlew.Hub.Serve;

/// <summary>A Redis Stream that others write, and the path at which it is shown: <c>/logs=siem:logs:log</c>.</summary>
/// <param name="Path">The path; the name of its hub too.</param>
/// <param name="Key">The stream's key in Redis.</param>
/// <param name="Type">The type of its events; none where it is null.</param>
internal sealed record ShownStream(string Path, string Key, string? Type)
{
    // Each with everything below it.
    private static readonly string[] OwnPaths = ["events", "live", "health", "metrics"];

    // None that would have to be escaped in a path, or that means something in the template of a route.
    private static readonly SearchValues<char> PathCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    /// <summary>Reads PATH=KEY:TYPE. Keys have colons, so the last one counts, and has to be there: without a type a key would lose its end.</summary>
    public static (ShownStream? Value, string? Fault) Read(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var colon = text.LastIndexOf(':');
        if (!text.StartsWith('/') || equals < 0 || colon <= equals + 1)
            return (null, "a stream is PATH=KEY:TYPE, such as /logs=siem:logs:log, or /logs=siem:logs: where the events have no type");
        var path = text[..equals];
        var type = text[(colon + 1)..];
        var fault = FindPathFault(path) ?? FindTypeFault(type);
        return fault is null ? (new(path, text[(equals + 1)..colon], type.Length == 0 ? null : type), null) : (null, fault);
    }

    private static string? FindPathFault(string path)
    {
        var segments = path[1..].Split('/');
        if (segments.Any(static segment => segment is "" or "." or ".." || segment.AsSpan().ContainsAnyExcept(PathCharacters)))
            return "its path must be segments of letters a to z, digits, '.', '-' and '_', such as /v1/logs";
        return OwnPaths.Contains(segments[0], StringComparer.OrdinalIgnoreCase) ? $"the paths at and below /{segments[0].ToLowerInvariant()} are the program's own" : null;
    }

    private static string? FindTypeFault(string type)
    {
        try
        {
            _ = new NewEvent(["any"], default, type);
            return null;
        }
        catch (InvalidEventException e)
        {
            return e.Fault;
        }
    }
}
