namespace Curlew.Bench.Fanout.Runs;

/// <summary>How long the parts of each run last.</summary>
internal sealed record RunSettings
{
    /// <summary>How long events are measured.</summary>
    public required TimeSpan Measure { get; init; }

    /// <summary>How long they are published before that.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>How long a server is left alone to come to rest, between one part and the next.</summary>
    public required TimeSpan Settle { get; init; }

    /// <summary>How long streams are idle before memory is measured; a round of keep-alives, every 15 seconds by default.</summary>
    public required TimeSpan Idle { get; init; }
}
