namespace Curlew;

/// <summary>What a subscription wants to see: any of its topic filters, and, where it named types, one of those. Immutable.</summary>
internal sealed class Interest
{
    private readonly HashSet<string>? _types;

    public Interest(IReadOnlyList<TopicFilter> filters, IReadOnlyCollection<string>? types = null)
    {
        Filters = filters.Count == 1 ? [filters[0]] : [.. filters.Distinct()];
        IsLiteral = Filters.All(static filter => filter.IsLiteral);
        _types = types is { Count: > 0 } ? new(types, StringComparer.Ordinal) : null;
    }

    public TopicFilter[] Filters { get; }

    /// <summary>Whether every filter names one topic, so that a replay can go by the window's topic index.</summary>
    public bool IsLiteral { get; }

    /// <summary>The types that it is narrowed to; none means all.</summary>
    public IReadOnlyCollection<string> Types => _types ?? (IReadOnlyCollection<string>)[];

    /// <summary>Whether an event of this topic passes one of the filters.</summary>
    public bool MatchesTopic(string topic) => Array.Exists(Filters, filter => filter.Matches(topic));

    /// <summary>The type half of the match; the router has done the topic half. <c>message</c> is the name of the default type.</summary>
    public bool WantsTypeOf(Frame frame) => _types is null || _types.Contains(frame.Type ?? "message");

    public bool Matches(Frame frame)
    {
        if (!WantsTypeOf(frame))
            return false;
        foreach (var filter in Filters)
        {
            if (frame.TopicSpan.IsEmpty && filter.Equals(TopicFilter.Everything))
                return true;
            foreach (var topic in frame.TopicSpan)
            {
                if (filter.Matches(topic))
                    return true;
            }
        }

        return false;
    }
}
