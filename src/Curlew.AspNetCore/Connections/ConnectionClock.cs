using Curlew.Protocol;
using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>What connections ask of time, and of chance.</summary>
internal sealed class ConnectionClock(TimeProvider time, IOptions<CurlewOptions> options)
{
    // How much a delay, and an age, is varied either way.
    private const double DelayJitter = 1.0 / 3;
    private const double AgeJitter = 0.1;

    private readonly Random _random = Random.Shared;

    /// <summary>The present as a timestamp, never 0.</summary>
    public long Now => Math.Max(1, time.GetTimestamp());

    public TimeSpan Between(long start, long end) => time.GetElapsedTime(start, end);

    /// <summary>How long ago an event was given its id, where ids are times.</summary>
    public TimeSpan Since(EventId id) => TimeSpan.FromMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds() - (double)id.Milliseconds);

    public TimeSpan JitteredReconnectDelay() => Jitter(options.Value.ReconnectDelay, DelayJitter);

    /// <summary>When a stream that opens now has to reconnect.</summary>
    public long ExpiryOf(long openedAt) => options.Value.MaxConnectionAge is { } age
        ? After(openedAt, Jitter(age, AgeJitter))
        : long.MaxValue;

    /// <summary>A timestamp that is some time after another.</summary>
    public long After(long timestamp, TimeSpan delay) => (long)Math.Min(long.MaxValue, timestamp + (delay.TotalSeconds * time.TimestampFrequency));

    /// <summary>Waits for a task, though not for ever.</summary>
    /// <returns>Whether it has ended.</returns>
    public async Task<bool> WaitAsync(Task task, TimeSpan limit)
    {
        try
        {
            await task.WaitAsync(limit, time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            return false;
        }
    }

    /// <summary>Whether a write has been pending so long that its client seems gone, well before the write timeout.</summary>
    public bool IsStuck(EventStreamConnection connection) =>
        connection.FlushingSince is var since and not 0 && Between(since, Now) >= options.Value.WriteTimeout / 4;

    private TimeSpan Jitter(TimeSpan value, double share) => value * (1 + (share * ((2 * _random.NextDouble()) - 1)));
}
