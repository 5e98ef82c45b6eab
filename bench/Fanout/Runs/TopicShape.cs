namespace Curlew.Bench.Fanout.Runs;

/// <summary>How streams name the topics that they want.</summary>
internal enum TopicShape
{
    /// <summary>By name.</summary>
    Exact,

    /// <summary>By one wildcard that all who want the topic share.</summary>
    SharedWildcard,

    /// <summary>By wildcards of which no two are the same, also where they want the same topic.</summary>
    DistinctWildcards,
}
