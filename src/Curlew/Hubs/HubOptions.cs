namespace Curlew;

/// <summary>How a hub retains, limits and delivers.</summary>
public sealed class HubOptions
{
    /// <summary>Default of <see cref="QueueBytes"/>: 256 KiB.</summary>
    public const int DefaultQueueBytes = 256 * 1024;

    /// <summary>Default of <see cref="MaxEventBytes"/>: 1 MiB.</summary>
    public const int DefaultMaxEventBytes = 1024 * 1024;

    /// <summary>Default of <see cref="MaxBatchBytes"/>: 8 MiB.</summary>
    public const int DefaultMaxBatchBytes = 8 * 1024 * 1024;

    /// <summary>How much of the log is kept for clients that come back.</summary>
    public Retention Retention { get; } = new();

    /// <summary>
    /// Whether clients get ids and can resume. Default: yes. Without history nothing can be replayed: ids are not sent, resume parameters are
    /// refused, and <see cref="SlowConsumerPolicy.Resume"/> acts as <see cref="SlowConsumerPolicy.DropOldest"/>.
    /// </summary>
    public bool History { get; set; } = true;

    /// <summary>What happens to a client that reads more slowly than events arrive, once its queue is full. Default: <see cref="SlowConsumerPolicy.Resume"/>.</summary>
    public SlowConsumerPolicy SlowConsumer { get; set; }

    /// <summary>The bound of a client's queue, in bytes. Default: 256 KiB. A queue always takes one event, however large.</summary>
    public int QueueBytes { get; set; } = DefaultQueueBytes;

    /// <summary>The largest event, in bytes of data. Default: 1 MiB.</summary>
    public int MaxEventBytes { get; set; } = DefaultMaxEventBytes;

    /// <summary>The largest batch, in bytes of data. Default: 8 MiB.</summary>
    public int MaxBatchBytes { get; set; } = DefaultMaxBatchBytes;

    /// <summary>The most topics of one event. Default: 100. Publishing to users is not limited by it.</summary>
    public int MaxTopicsPerEvent { get; set; } = 100;

    /// <summary>
    /// Whether the hub holds events that the application's <see cref="EventCatalog"/> does not list, as a hub does that others write to: then <c>?type=</c>
    /// takes any type. Default: no, so that where there is a catalog, a type which it does not list is refused, except <c>message</c>. It limits nobody who
    /// publishes.
    /// </summary>
    public bool AllowUnlistedTypes { get; set; }

    /// <summary>How long the key of an append is remembered. Default: one hour.</summary>
    public TimeSpan IdempotencyLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The most keys remembered; beyond it the oldest are forgotten before their time. Default: 100,000.</summary>
    public int MaxIdempotencyKeys { get; set; } = 100_000;

    /// <summary>How many appended events may wait for routing before publishers wait. Default: 65,536.</summary>
    public int MaxUnroutedEvents { get; set; } = 65_536;

    /// <summary>How long a publisher waits for this process to catch up before publishing fails. Default: 5 seconds.</summary>
    public TimeSpan AppendTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// For a log stored elsewhere: how many of the newest events are kept in memory, in bytes. Default: 64 MiB.
    /// The in-memory log is its own window.
    /// </summary>
    public long WindowBytes { get; set; } = Retention.DefaultMaxBytes;

    /// <summary>The most events that wait in the outbox of <see cref="IEventPublisher.Enqueue"/>. Default: 10,000.</summary>
    public int OutboxEvents { get; set; } = 10_000;

    /// <summary>The most bytes that wait in the outbox. Default: 16 MiB.</summary>
    public long OutboxBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Says everything that is wrong with the options.</summary>
    internal IEnumerable<string> FindFaults()
    {
        if (Retention.MaxEvents < 1)
            yield return $"Retention.MaxEvents is {Retention.MaxEvents}; it must be at least 1.";
        if (Retention.MaxBytes < 1)
            yield return $"Retention.MaxBytes is {Retention.MaxBytes}; it must be at least 1.";
        if (Retention.MaxAge is { } age && age <= TimeSpan.Zero)
            yield return $"Retention.MaxAge is {age}; it must be positive, or null for no limit.";
        if (!Enum.IsDefined(SlowConsumer))
            yield return $"SlowConsumer is {SlowConsumer}; it must be Resume, Disconnect or DropOldest.";
        if (QueueBytes < 1)
            yield return $"QueueBytes is {QueueBytes}; it must be at least 1.";
        if (MaxEventBytes < 1)
            yield return $"MaxEventBytes is {MaxEventBytes}; it must be at least 1.";
        if (MaxBatchBytes < MaxEventBytes)
            yield return $"MaxBatchBytes is {MaxBatchBytes}; it must be at least MaxEventBytes ({MaxEventBytes}).";
        if (MaxTopicsPerEvent < 1)
            yield return $"MaxTopicsPerEvent is {MaxTopicsPerEvent}; it must be at least 1.";
        if (IdempotencyLifetime <= TimeSpan.Zero)
            yield return $"IdempotencyLifetime is {IdempotencyLifetime}; it must be positive.";
        if (MaxIdempotencyKeys < 1)
            yield return $"MaxIdempotencyKeys is {MaxIdempotencyKeys}; it must be at least 1.";
        if (MaxUnroutedEvents < 1)
            yield return $"MaxUnroutedEvents is {MaxUnroutedEvents}; it must be at least 1.";
        if (AppendTimeout <= TimeSpan.Zero)
            yield return $"AppendTimeout is {AppendTimeout}; it must be positive.";
        if (WindowBytes < 1)
            yield return $"WindowBytes is {WindowBytes}; it must be at least 1.";
        if (OutboxEvents < 1)
            yield return $"OutboxEvents is {OutboxEvents}; it must be at least 1.";
        if (OutboxBytes < 1)
            yield return $"OutboxBytes is {OutboxBytes}; it must be at least 1.";
    }
}
