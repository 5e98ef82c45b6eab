namespace SecurityDashboard.Correlation;

/// <summary>The kinds of rules that a file can hold.</summary>
internal enum RuleType
{
    Threshold,
    Sequence,
    Aggregation,
}
