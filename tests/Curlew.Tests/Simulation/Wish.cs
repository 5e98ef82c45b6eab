using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Curlew.Tests.Simulation;

/// <summary>What a client wants to see, decided without the engine's filters and router.</summary>
internal sealed class Wish(string[] filters, string[]? types)
{
    private static readonly ConcurrentDictionary<string, Regex> Patterns = new(StringComparer.Ordinal);

    public static readonly string[] Topics = ["a", "b", "c", "a/b", "a/c", "a/b/c", "d/b", "d/e", "$user/7", "$broadcast"];

    public static readonly string?[] Types = [null, null, "message", "x", "y"];

    private static readonly string[] Wildcards = ["*", "**", "a/*", "a/**", "*/b", "*/*", "d/**", "*/b/*", "a/*/c", "*/**"];

    public static Wish Random(Random random)
    {
        var filters = new string[random.Next(4) == 0 ? random.Next(2, 5) : 1];
        var isLiteral = random.Next(2) == 0;
        for (var i = 0; i < filters.Length; i++)
            filters[i] = isLiteral || random.Next(3) == 0 ? random.GetItems(Topics, 1)[0] : random.GetItems(Wildcards, 1)[0];
        string[]? types = random.Next(4) == 0 ? [.. random.GetItems(Types, random.Next(1, 3)).Select(static type => type ?? "message")] : null;
        return new(filters, types);
    }

    public Interest ToInterest() => new([.. filters.Select(ToFilter)], types);

    public bool Wants(NewEvent e) =>
        (types is null || types.Contains(e.Type ?? "message")) && e.Topics.Any(topic => filters.Any(filter => Matches(filter, topic)));

    public override string ToString() => string.Join(' ', filters) + (types is null ? "" : $" of {string.Join('|', types)}");

    /// <summary>The rule of the manual, by a regular expression.</summary>
    public static bool Matches(string filter, string topic)
    {
        if (!filter.Contains('*', StringComparison.Ordinal))
            return filter == topic;
        return !topic.StartsWith('$') && Patterns.GetOrAdd(filter, ToPattern).IsMatch(topic);
    }

    private static Regex ToPattern(string filter)
    {
        var segments = filter.Split('/').Select(static segment => segment switch { "*" => "[^/]+", "**" => ".+", _ => Regex.Escape(segment) });
        return new($"^{string.Join('/', segments)}\\z", RegexOptions.CultureInvariant | RegexOptions.Singleline, TimeSpan.FromSeconds(5));
    }

    private static TopicFilter ToFilter(string text) =>
        text.StartsWith('$') ? TopicFilter.ForReserved(text)
        : text.Contains('*', StringComparison.Ordinal) ? TopicFilter.Parse(text)
        : TopicFilter.Literal(text);
}
