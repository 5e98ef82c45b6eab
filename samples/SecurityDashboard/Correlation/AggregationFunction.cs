namespace SecurityDashboard.Correlation;

/// <summary>What an aggregation counts.</summary>
internal enum AggregationFunction
{
    Sum,
    Distinct,
}
