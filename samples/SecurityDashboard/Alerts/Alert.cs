using SecurityDashboard.Classification;

namespace SecurityDashboard.Alerts;

/// <summary>An alert as it is now. Each event carries all of it, so that no reader needs the events before.</summary>
internal sealed record Alert
{
    /// <summary>The same for the same finding, however often its records are read.</summary>
    public required string Id { get; init; }

    public required string Rule { get; init; }

    public required string Name { get; init; }

    public required Severity Severity { get; init; }

    public required string Message { get; init; }

    /// <summary>When it happened, by the record that completed the rule.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When it was found.</summary>
    public required DateTimeOffset RaisedAt { get; init; }

    public string? Address { get; init; }

    public string? User { get; init; }

    public string? Host { get; init; }

    public AlertState State { get; init; }

    /// <summary>When its state became another.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>Who changed it.</summary>
    public string? ChangedBy { get; init; }
}
