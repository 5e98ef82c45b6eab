namespace Curlew.Tests.Simulation;

/// <summary>What a client asks for when it connects, and what was so at that moment.</summary>
internal sealed record Start(StartPosition Position, EventId Routed, LogBounds Bounds, int Resets)
{
    /// <summary>The last event id that was sent, where it is one.</summary>
    public EventId? After => Position.Of == StartPosition.Kind.AfterId && EventId.TryParse(Position.Id, out var id) ? id : null;

    public bool IsMalformed => Position.Of == StartPosition.Kind.AfterId && After is null;

    /// <summary>Whether the client takes what there is, so that what is trimmed before its first event is no gap.</summary>
    public bool TakesWhatIsThere => Position.Of is StartPosition.Kind.Last or StartPosition.Kind.Earliest;

    public override string ToString() => Position.Of switch
    {
        StartPosition.Kind.AfterId => $"after '{Position.Id}'",
        StartPosition.Kind.Since => $"since {Position.Time:mm:ss.fff}",
        StartPosition.Kind.Last => $"last {Position.Count}",
        _ => Position.Of.ToString(),
    };
}
