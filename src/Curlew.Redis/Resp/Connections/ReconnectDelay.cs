namespace Curlew.Redis.Resp;

/// <summary>
/// How long to pause before the next attempt to connect: exponential back-off with full jitter, so that processes that lost the same server do not come
/// back together. Thread-safe.
/// </summary>
/// <param name="first">The longest first pause.</param>
/// <param name="max">The longest pause.</param>
/// <param name="random">Where the jitter comes from.</param>
internal sealed class ReconnectDelay(TimeSpan first, TimeSpan max, Random random)
{
    // A Random of one's own is not thread-safe.
    private readonly Lock _lock = new();

    /// <summary>The pause after so many attempts have failed, the loss itself counted as none.</summary>
    public TimeSpan Next(int failedAttempts)
    {
        var longest = Math.Min(max.Ticks, first.Ticks * Math.Pow(2, Math.Min(failedAttempts, 30)));
        lock (_lock)
            return TimeSpan.FromTicks((long)(random.NextDouble() * longest));
    }
}
