using Curlew.Protocol;
using Curlew.Redis.Resp;

namespace Curlew.Redis;

/// <summary>A hub's log as a Redis Stream, which every process with that hub appends to, reads and trims.</summary>
internal sealed class RedisEventLog(
    IRedisClient client, BlockingReaders readers, string prefix, string hub, HubOptions options, SkippedEntries skipped, RedisMetrics metrics, TimeProvider time)
    : StreamLog(client, readers, prefix + "log", new EventEntryFormat(), skipped, time)
{
    // A command has at most 1,048,576 arguments, and for as long as it runs, nobody else is served.
    private const int MaxBatchEvents = 50_000;

    /// <summary>
    /// Appends a batch, unless its key is remembered. The arguments: the most entries, how long the key lives in milliseconds, and for each event the number
    /// of its words and the words.
    /// </summary>
    private static readonly RespScript AppendScript = new(
        """
        if KEYS[2] then
          local known = redis.call('GET', KEYS[2])
          if known then return known end
        end
        local id
        local at = 3
        while at <= #ARGV do
          local words = tonumber(ARGV[at])
          id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', unpack(ARGV, at + 1, at + words))
          at = at + 1 + words
        end
        if KEYS[2] then redis.call('SET', KEYS[2], id, 'PX', ARGV[2]) end
        return id
        """);

    public override async ValueTask<EventId> AppendAsync(IReadOnlyList<NewEvent> batch, string? idempotencyKey, CancellationToken cancellationToken)
    {
        if (batch.Count > MaxBatchEvents)
            throw new EventTooLargeException($"the batch has {batch.Count} events, more than the {MaxBatchEvents} that Redis takes at once");
        using var command = Command(batch, idempotencyKey);
        var start = Time.GetTimestamp();
        var mayHaveRun = false;
        while (true)
        {
            var remaining = options.AppendTimeout - Time.GetElapsedTime(start);
            try
            {
                // While Redis is away publishing fails at once; but whoever has begun sees to it that he knows.
                using var reply = await Client.SendAsync(command, mayHaveRun && remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
                var id = StreamState.Id(reply.Read().ReadBytes());
                metrics.Appended(hub, Time.GetElapsedTime(start));
                return id;
            }
            catch (RedisConnectionException e) when (e.Outcome == CommandOutcome.Unknown && idempotencyKey is not null && remaining > TimeSpan.Zero)
            {
                // With a key it cannot land twice.
                mayHaveRun = true;
            }
            catch (RedisConnectionException e) when (mayHaveRun || e.Outcome == CommandOutcome.Unknown)
            {
                throw new EventLogUnavailableException($"It is unknown whether the events were appended. {e.Message}", e);
            }
            catch (Exception e) when (e is RedisConnectionException or RedisServerException or RespProtocolException)
            {
                throw new EventLogUnavailableException($"{(mayHaveRun ? "It is unknown whether the events were appended." : "Nothing was appended.")} {e.Message}", e);
            }
        }
    }

    public override async ValueTask<LogBounds> TrimAsync(CancellationToken cancellationToken)
    {
        // Publishers keep to the number alone: bytes are known to those who read, and age passes also while nobody publishes.
        var most = MeanCost is > 0 and var mean ? Math.Clamp((long)(options.Retention.MaxBytes / mean), 1, options.Retention.MaxEvents) : options.Retention.MaxEvents;
        using var command = new RespCommand(StreamState.TrimScript, 1).AddKey(Key).Add(most);
        if (options.Retention.MaxAge is { } age)
            command.Add((long)age.TotalMilliseconds);
        else
            command.Add(""u8);
        return Bounds((await AskAsync(command, 0, cancellationToken).ConfigureAwait(false)).State);
    }

    protected override double PartHalfwayOut(StreamState state)
    {
        if (state.Length == 0)
            return 0;
        var keep = MeanCost is > 0 and var mean ? Math.Min(options.Retention.MaxEvents, options.Retention.MaxBytes / mean) : options.Retention.MaxEvents;
        return (state.Length - (keep / 2)) / state.Length;
    }

    protected override EventId HalfwayOutByAge() =>
        options.Retention.MaxAge is { } age ? EventId.Before(Time.GetUtcNow() - (age / 2)) : EventId.Zero;

    private RespCommand Command(IReadOnlyList<NewEvent> batch, string? idempotencyKey)
    {
        var command = new RespCommand(AppendScript, idempotencyKey is null ? 1 : 2).AddKey(Key);
        if (idempotencyKey is not null)
            command.AddKey($"{prefix}key:{idempotencyKey}");
        command.Add(options.Retention.MaxEvents).Add((long)Math.Max(1, options.IdempotencyLifetime.TotalMilliseconds));
        foreach (var e in batch)
            EventEntryFormat.Write(command, e);
        return command;
    }
}
