using Curlew.Protocol;

namespace Curlew;

/// <summary>
/// The rules for a topic: a path of literal segments such as <c>orders/42</c>, to which events are published.
/// </summary>
/// <remarks>
/// A topic is compared as it is, by ordinal: nothing is folded, unescaped or trimmed. It has at most <see cref="MaxLength"/> characters and
/// <see cref="MaxSegments"/> segments; no segment is empty; it holds no control character, no <c>*</c> and no lone surrogate.
/// Topics whose first character is <c>$</c> are the server's own (<c>$user/…</c>, <c>$broadcast</c>): no application and no client can name one.
/// </remarks>
public static class Topic
{
    /// <summary>The longest topic, in characters: 256.</summary>
    public const int MaxLength = 256;

    /// <summary>The most segments a topic can have: 32.</summary>
    public const int MaxSegments = 32;

    internal const string Broadcast = "$broadcast";

    private const string UserPrefix = "$user/";
    private const int MaxUsersPerEvent = 100;

    /// <summary>Says what is wrong with a topic.</summary>
    /// <param name="topic">The topic.</param>
    /// <returns>What is wrong, as a sentence that begins with "a topic"; <see langword="null"/> where nothing is.</returns>
    public static string? FindFault(string? topic) =>
        topic is ['$', ..] ? "a topic cannot begin with '$': such topics are the server's own" : FindFault(topic, pattern: false);

    /// <summary>The topic of everything published to one user. The id is escaped, so that no id can name another user's topic.</summary>
    /// <param name="userId">The user's id, not empty.</param>
    /// <exception cref="InvalidEventException">The id is empty, ill-formed or too long.</exception>
    internal static string ForUser(string userId)
    {
        if (string.IsNullOrEmpty(userId))
            throw new InvalidEventException("user", "a user id cannot be empty");
        if (!EventStreamEncoder.IsWellFormed(userId))
            throw new InvalidEventException("user", "a user id must be well-formed text");
        var topic = UserPrefix + Uri.EscapeDataString(userId).Replace("*", "%2A", StringComparison.Ordinal);
        return topic.Length <= MaxLength ? topic : throw new InvalidEventException("user", $"a user id cannot exceed {MaxLength - UserPrefix.Length} characters, escaped");
    }

    /// <summary>The topics of several users: of one event, or of several where there are more of them than one should carry.</summary>
    /// <exception cref="InvalidEventException">An id is empty, ill-formed or too long.</exception>
    internal static string[][] ForUsers(IEnumerable<string> userIds) => [.. userIds.Distinct(StringComparer.Ordinal).Select(ForUser).Chunk(MaxUsersPerEvent)];

    internal static string? FindFault(string? topic, bool pattern)
    {
        if (string.IsNullOrEmpty(topic))
            return "a topic cannot be empty";
        if (topic.Length > MaxLength)
            return $"a topic cannot exceed {MaxLength} characters";
        if (topic.AsSpan().Count('/') >= MaxSegments)
            return $"a topic cannot exceed {MaxSegments} segments";
        if (topic[0] == '/' || topic[^1] == '/' || topic.Contains("//", StringComparison.Ordinal))
            return "a topic cannot have an empty segment";
        foreach (var c in topic)
        {
            if (char.IsControl(c))
                return "a topic cannot hold control characters";
            if (c == '*' && !pattern)
                return "a topic cannot hold '*': it is a name, not a pattern";
        }

        return EventStreamEncoder.IsWellFormed(topic) ? null : "a topic must be well-formed text";
    }
}
