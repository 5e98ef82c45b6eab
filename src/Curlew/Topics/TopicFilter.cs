using System.Diagnostics.CodeAnalysis;

namespace Curlew;

/// <summary>
/// What a subscription matches: a topic, or a pattern in which <c>*</c> stands for one segment and a final <c>**</c> for the rest,
/// which is one segment or more: <c>a/**</c> matches <c>a/b</c> and <c>a/b/c</c>, not <c>a</c>.
/// </summary>
/// <remarks>
/// Immutable. Wildcards never match the server's own topics, those that begin with <c>$</c>.
/// </remarks>
public sealed class TopicFilter : IEquatable<TopicFilter>
{
    private readonly string[] _segments;

    private TopicFilter(string text)
    {
        Text = text;
        _segments = text.Split('/');
        IsLiteral = !text.Contains('*', StringComparison.Ordinal);
    }

    /// <summary>Every topic but the server's own: <c>**</c>.</summary>
    public static TopicFilter Everything { get; } = new("**");

    /// <summary>The filter as it was written.</summary>
    public string Text { get; }

    /// <summary>Whether it matches exactly one topic.</summary>
    public bool IsLiteral { get; }

    internal ReadOnlySpan<string> Segments => _segments;

    /// <summary>A filter for one topic, whatever its text: a wildcard in it is an error, never a pattern.</summary>
    /// <param name="topic">A topic, by the rules of <see cref="Topic"/>.</param>
    /// <returns>The filter.</returns>
    /// <exception cref="FormatException">It is not a topic; the message says why.</exception>
    public static TopicFilter Literal(string topic) =>
        Topic.FindFault(topic) is { } fault ? throw new FormatException($"'{topic}' is not a topic: {fault}.") : new(topic);

    /// <summary>Reads a filter, in which <c>*</c> and <c>**</c> are wildcards.</summary>
    /// <param name="text">The filter.</param>
    /// <returns>The filter.</returns>
    /// <exception cref="FormatException">It is not a filter; the message says why.</exception>
    public static TopicFilter Parse(string text) =>
        TryParse(text, out var filter, out var fault) ? filter : throw new FormatException($"'{text}' is not a topic filter: {fault}.");

    /// <summary>Reads a filter, in which <c>*</c> and <c>**</c> are wildcards.</summary>
    /// <param name="text">The filter.</param>
    /// <param name="filter">The filter, where it is one.</param>
    /// <param name="fault">What is wrong with it, where it is none.</param>
    /// <returns>Whether it is a filter.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out TopicFilter? filter, [NotNullWhen(false)] out string? fault)
    {
        filter = null;
        fault = text is ['$', ..] ? "it cannot begin with '$': such topics are the server's own" : Topic.FindFault(text, pattern: true);
        if (fault is not null)
            return false;
        var parsed = new TopicFilter(text!);
        for (var i = 0; i < parsed._segments.Length; i++)
        {
            var segment = parsed._segments[i];
            if (!segment.Contains('*', StringComparison.Ordinal) || segment == "*" || (segment == "**" && i == parsed._segments.Length - 1))
                continue;
            fault = segment == "**" ? "'**' can only be its last segment" : "'*' can only stand for a whole segment";
            return false;
        }

        filter = parsed;
        return true;
    }

    /// <summary>Whether an event of this topic passes the filter.</summary>
    /// <param name="topic">A topic.</param>
    /// <returns>Whether it matches.</returns>
    public bool Matches(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        if (IsLiteral)
            return string.Equals(Text, topic, StringComparison.Ordinal);
        if (topic is ['$', ..])
            return false;
        var rest = topic.AsSpan();
        for (var i = 0; i < _segments.Length; i++)
        {
            if (_segments[i] == "**")
                return true;
            var slash = rest.IndexOf('/');
            var segment = slash < 0 ? rest : rest[..slash];
            if (_segments[i] != "*" && !segment.SequenceEqual(_segments[i]))
                return false;
            var isLast = i == _segments.Length - 1;
            if (slash < 0)
                return isLast;
            if (isLast)
                return false;
            rest = rest[(slash + 1)..];
        }

        return false;
    }

    /// <summary>Whether every topic that <paramref name="other"/> can match is one that this filter matches.</summary>
    /// <param name="other">The narrower filter.</param>
    /// <returns>Whether it is contained.</returns>
    public bool Contains(TopicFilter other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other._segments[0] is ['$', ..])
            return Equals(other);
        for (var i = 0; i < _segments.Length; i++)
        {
            if (i >= other._segments.Length)
                return false;
            if (_segments[i] == "**")
                return true;
            if (other._segments[i] == "**" || (_segments[i] != "*" && _segments[i] != other._segments[i]))
                return false;
        }

        return _segments.Length == other._segments.Length;
    }

    /// <inheritdoc/>
    public bool Equals(TopicFilter? other) => other is not null && string.Equals(Text, other.Text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TopicFilter);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>A filter for one of the server's own topics, which no text from outside can name.</summary>
    internal static TopicFilter ForReserved(string topic) => new(topic);
}
