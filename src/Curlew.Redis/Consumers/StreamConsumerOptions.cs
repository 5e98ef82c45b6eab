namespace Curlew;

/// <summary>How a stream is processed by the members of a consumer group.</summary>
public sealed class StreamConsumerOptions
{
    /// <summary>Default of <see cref="ReadCount"/>: 64.</summary>
    public const int DefaultReadCount = 64;

    /// <summary>Default of <see cref="MaxAttempts"/>: 5.</summary>
    public const int DefaultMaxAttempts = 5;

    /// <summary>Default of <see cref="DeadLetterLength"/>: 100,000.</summary>
    public const int DefaultDeadLetterLength = 100_000;

    /// <summary>
    /// The name of this process in the group. Default: the machine, the process id and a random part, which no other process has. A name that two processes
    /// share makes them take each other's entries for their own.
    /// </summary>
    public string? ConsumerName { get; set; }

    /// <summary>The most entries that the process takes at a time. Default: 64. They are processed one after another.</summary>
    public int ReadCount { get; set; } = DefaultReadCount;

    /// <summary>How often an entry is tried before it goes to the dead-letter stream. Default: 5. Attempts of all processes count.</summary>
    public int MaxAttempts { get; set; } = DefaultMaxAttempts;

    /// <summary>
    /// How long to wait before a second attempt. Default: 1 second. It doubles with each further attempt, up to 30 seconds; one above that stays as it is.
    /// The entries that were read with
    /// it wait behind it.
    /// </summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a process may be silent before what it had in hand goes to another one. Default: 1 minute. A process that is alive tells of it three times
    /// in that time, however long an entry takes it.
    /// </summary>
    public TimeSpan ReclaimAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long what is in hand may take when the host stops. Default: 10 seconds. What is not processed then is given back to the group. Keep it below the
    /// host's shutdown timeout.
    /// </summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The key of the stream to which entries go that failed too often. Default: the stream's key with <c>:dead</c> behind it, in braces if that is needed
    /// for the two to lie on one server of a cluster: <c>{siem:logs}:dead</c>. A key of one's own has to share the stream's hash slot.
    /// </summary>
    public string? DeadLetterStream { get; set; }

    /// <summary>How many entries the dead-letter stream keeps, approximately and never less. Default: 100,000.</summary>
    public int DeadLetterLength { get; set; } = DefaultDeadLetterLength;

    /// <summary>
    /// Whether a group that does not exist yet begins with what comes after it was made. Default: no: it begins with the oldest entry of the stream. A group
    /// that is lost while this process runs, as by a flush, begins with the oldest in either case.
    /// </summary>
    public bool SkipExisting { get; set; }

    /// <summary>
    /// Whether only one process of the group processes entries at a time, in the order of the stream, while the others stand by. Default: no: they share
    /// them. For what has to see every entry, as a count or a correlation. One that stands by takes over within 5 seconds when the other
    /// stops, and after <see cref="ReclaimAfter"/> when it dies.
    /// </summary>
    public bool Exclusive { get; set; }

    // How long a member of the group that has nothing pending may be silent before it is forgotten: those that died leave their names.
    internal TimeSpan ForgetAfter { get; set; } = TimeSpan.FromHours(1);

    // How often it is looked for what others left, at least.
    internal TimeSpan MaxReclaimInterval { get; set; } = TimeSpan.FromSeconds(5);

    internal TimeSpan ReclaimInterval => ReclaimAfter / 4 < MaxReclaimInterval ? ReclaimAfter / 4 : MaxReclaimInterval;

    /// <summary>How long to wait after so many attempts: twice as long each time, up to 30 seconds or to what is set, if that is longer.</summary>
    internal TimeSpan DelayAfter(int attempts)
    {
        var longest = Math.Max(RetryDelay.Ticks, TimeSpan.FromSeconds(30).Ticks);
        return TimeSpan.FromTicks((long)Math.Min(longest, RetryDelay.Ticks * Math.Pow(2, attempts - 1)));
    }

    /// <summary>Says everything that is wrong with the options.</summary>
    internal IEnumerable<string> FindFaults(string stream)
    {
        if (ConsumerName is not null && string.IsNullOrWhiteSpace(ConsumerName))
            yield return "ConsumerName is empty; it must be a name that no other process has, or null.";
        if (ReadCount is < 1 or > 10_000)
            yield return $"ReadCount is {ReadCount}; it must be from 1 to 10000.";
        if (MaxAttempts < 1)
            yield return $"MaxAttempts is {MaxAttempts}; it must be at least 1.";
        if (RetryDelay < TimeSpan.Zero || RetryDelay > TimeSpan.FromHours(1))
            yield return $"RetryDelay is {RetryDelay}; it must be from 0 to 1 hour.";
        if (ReclaimAfter < TimeSpan.FromMilliseconds(100) || ReclaimAfter > TimeSpan.FromDays(1))
            yield return $"ReclaimAfter is {ReclaimAfter}; it must be from 100 ms to 1 day.";
        if (StopTimeout < TimeSpan.Zero || StopTimeout > TimeSpan.FromHours(1))
            yield return $"StopTimeout is {StopTimeout}; it must be from 0 to 1 hour.";
        if (DeadLetterLength < 1)
            yield return $"DeadLetterLength is {DeadLetterLength}; it must be at least 1.";
        if (DeadLetterStream is null ? Redis.StreamKeys.TryDerive(stream, "dead") is null : DeadLetterStream.Length == 0 || DeadLetterStream == stream || !Redis.StreamKeys.ShareSlot(stream, DeadLetterStream))
            yield return $"DeadLetterStream is '{DeadLetterStream}'; it must be another key that shares the hash slot of '{stream}', as '{{{stream}}}:dead' does.";
    }
}
