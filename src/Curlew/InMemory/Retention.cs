namespace Curlew;

/// <summary>How much of a log is kept. Whichever limit is reached first trims, from the oldest end.</summary>
public sealed class Retention
{
    /// <summary>Default of <see cref="MaxEvents"/>: 100,000.</summary>
    public const int DefaultMaxEvents = 100_000;

    /// <summary>Default of <see cref="MaxBytes"/>: 64 MiB.</summary>
    public const long DefaultMaxBytes = 64 * 1024 * 1024;

    /// <summary>The most events kept. Default: 100,000.</summary>
    public int MaxEvents { get; set; } = DefaultMaxEvents;

    /// <summary>The most bytes kept, encoded, with an estimate of the bookkeeping. Default: 64 MiB.</summary>
    public long MaxBytes { get; set; } = DefaultMaxBytes;

    /// <summary>How long an event is kept. Default: no limit but the other two.</summary>
    public TimeSpan? MaxAge { get; set; }
}
