using SecurityDashboard.Classification;
using SecurityDashboard.Normalising;

namespace SecurityDashboard.Correlation;

/// <summary>A rule: what records, of one value of the fields <see cref="By"/>, together mean an alert.</summary>
internal abstract record CorrelationRule
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required Severity Severity { get; init; }

    /// <summary>The alert's text, in which <c>{field}</c> stands for a field of the record that completed it.</summary>
    public required string Message { get; init; }

    /// <summary>The fields whose values part the records. A record that lacks one of them is not looked at.</summary>
    public required IReadOnlyList<string> By { get; init; }

    /// <summary>The time that the records may be apart, by their own times.</summary>
    public required TimeSpan Within { get; init; }

    /// <summary>For how long after an alert the same values raise no other. Greater than zero.</summary>
    public required TimeSpan Suppress { get; init; }

    /// <summary>Whether a record can count for the rule.</summary>
    public abstract bool Concerns(LogRecord record);

    /// <summary>An empty window, for the records of one value of <see cref="By"/>.</summary>
    public abstract IRuleWindow NewWindow();
}
