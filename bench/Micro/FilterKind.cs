namespace Curlew.Micro;

/// <summary>What the topic filters of a benchmark look like.</summary>
public enum FilterKind
{
    /// <summary>One topic.</summary>
    Exact,

    /// <summary>Any topic of three segments with a given second one.</summary>
    Segment,

    /// <summary>Any topic below a given one of two segments.</summary>
    Rest,
}
