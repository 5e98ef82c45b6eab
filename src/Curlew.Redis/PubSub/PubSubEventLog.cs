using System.Runtime.CompilerServices;
using Curlew.Protocol;
using Curlew.Redis.Resp;

namespace Curlew.Redis;

/// <summary>
/// The log of a hub without history: what comes over Redis' pub/sub, in a log of this process's memory with ids of its own, which clients never see. What is
/// published while the connection is lost is gone; that is told as a gap.
/// </summary>
internal sealed class PubSubEventLog(IRedisClient client, string prefix, HubOptions options, SkippedEntries skipped, TimeProvider time)
    : IEventLog, IConnectedLog, IRedisListener
{
    /// <summary>Publishes, unless the key is remembered. KEYS are the channel and the key; the arguments: the command, the message, the key's life in milliseconds.</summary>
    private static readonly RespScript PublishOnceScript = new(
        """
        if redis.call('SET', KEYS[2], '', 'NX', 'PX', ARGV[3]) then redis.call(ARGV[1], KEYS[1], ARGV[2]) end
        return 1
        """);

    private readonly string _channel = prefix + "events";
    private readonly MemoryEventLog _events = new(options, time);

    // Only one subscribes.
    private readonly SemaphoreSlim _subscribing = new(1);
    private IAsyncDisposable? _subscription;

    // Protects everything below.
    private readonly Lock _lock = new();
    private EventId? _lostAt;
    private TaskCompletionSource? _resumed;
    private CancellationTokenSource _connected = new();

    public string? Trouble => client.TroubleWith(_channel);

    /// <summary>Publishes. There is no id to return: each process gives the events ids of its own.</summary>
    /// <returns><see cref="EventId.Zero"/>.</returns>
    public async ValueTask<EventId> AppendAsync(IReadOnlyList<NewEvent> batch, string? idempotencyKey, CancellationToken cancellationToken)
    {
        var message = PubSubMessage.Encode(batch);
        try
        {
            if (idempotencyKey is null)
                await client.PublishAsync(_channel, message, cancellationToken: cancellationToken).ConfigureAwait(false);
            else
                await PublishOnceAsync(message, idempotencyKey, cancellationToken).ConfigureAwait(false);
            return EventId.Zero;
        }
        catch (Exception e) when (e is RedisConnectionException or RedisServerException)
        {
            var isUnknown = e is RedisConnectionException { Outcome: CommandOutcome.Unknown };
            throw new EventLogUnavailableException($"{(isUnknown ? "It is unknown whether the events were published." : "Nothing was published.")} {e.Message}", e);
        }
    }

    public ValueTask<EventPage> ReadAsync(EventId after, int maxEvents, CancellationToken cancellationToken) => _events.ReadAsync(after, maxEvents, cancellationToken);

    public ValueTask<EventPage> ReadBackAsync(EventId before, int maxEvents, CancellationToken cancellationToken) => _events.ReadBackAsync(before, maxEvents, cancellationToken);

    public ValueTask<bool> ContainsAsync(EventId id, CancellationToken cancellationToken) => _events.ContainsAsync(id, cancellationToken);

    public async ValueTask<LogBounds> GetBoundsAsync(CancellationToken cancellationToken)
    {
        // The hub asks before it takes streams: none may begin before the channel is heard.
        await SubscribeAsync(cancellationToken).ConfigureAwait(false);
        return await _events.GetBoundsAsync(cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<EventPage> TailAsync(EventId after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await SubscribeAsync(cancellationToken).ConfigureAwait(false);
        Task? resumed;
        lock (_lock)
            resumed = _resumed?.Task;
        // The hub knows that there is trouble: it was told when the connection was lost.
        if (resumed is not null)
            await resumed.WaitAsync(cancellationToken).ConfigureAwait(false);

        CancellationToken interrupted;
        EventId? lostAt;
        lock (_lock)
        {
            interrupted = _connected.Token;
            lostAt = _lostAt;
            _lostAt = null;
        }

        var bounds = await _events.GetBoundsAsync(cancellationToken).ConfigureAwait(false);
        if (lostAt is { } position)
        {
            after = position;
            yield return new([], bounds with { TrimmedThrough = position, Oldest = null }, IsReset: true);
        }
        else
        {
            yield return new([], bounds);
        }

        using var both = CancellationTokenSource.CreateLinkedTokenSource(interrupted, cancellationToken);
        var pages = _events.TailAsync(after, both.Token).GetAsyncEnumerator(both.Token);
        await using var pagesEnd = pages.ConfigureAwait(false);
        while (await NextAsync().ConfigureAwait(false))
            yield return pages.Current;

        async ValueTask<bool> NextAsync()
        {
            try
            {
                return await pages.MoveNextAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new EventLogUnavailableException("The subscription to Redis was interrupted.");
            }
        }
    }

    public ValueTask<LogBounds> TrimAsync(CancellationToken cancellationToken) => _events.TrimAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_subscription is not null)
            await _subscription.DisposeAsync().ConfigureAwait(false);
        await _events.DisposeAsync().ConfigureAwait(false);
        _subscribing.Dispose();
        _connected.Dispose();
    }

    void IRedisListener.OnMessage(ReadOnlySpan<byte> message)
    {
        try
        {
            // Where the tail is so far behind that it would have to wait, it is cancelled instead: who listens must not wait.
            var append = _events.AppendAsync(PubSubMessage.Decode(message), null, new CancellationToken(canceled: true));
            append.AsTask().GetAwaiter().GetResult();
        }
        catch (InvalidEventException e)
        {
            skipped.Add(EventId.Zero, e.Message);
        }
        catch (Exception e) when (e is OperationCanceledException or EventLogUnavailableException)
        {
            Interrupt();
            Resume();
        }
    }

    void IRedisListener.OnInterrupted() => Interrupt();

    void IRedisListener.OnResumed() => Resume();

    private async ValueTask PublishOnceAsync(byte[] message, string idempotencyKey, CancellationToken cancellationToken)
    {
        using var command = new RespCommand(PublishOnceScript, 2).AddKey(_channel).AddKey($"{prefix}key:{idempotencyKey}");
        command.Add(await client.IsClusterAsync(cancellationToken).ConfigureAwait(false) ? "SPUBLISH"u8 : "PUBLISH"u8);
        command.Add(message).Add((long)Math.Max(1, options.IdempotencyLifetime.TotalMilliseconds));
        using var reply = await client.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask SubscribeAsync(CancellationToken cancellationToken)
    {
        if (_subscription is not null)
            return;
        await _subscribing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Subscribing waits for Redis; whether it is there is known before.
            await client.IsClusterAsync(cancellationToken).ConfigureAwait(false);
            _subscription ??= await client.SubscribeAsync(_channel, this, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RedisConnectionException or RedisServerException)
        {
            throw new EventLogUnavailableException(e.Message, e);
        }
        finally
        {
            _subscribing.Release();
        }
    }

    private void Interrupt()
    {
        var newest = _events.GetBoundsAsync(default).AsTask().GetAwaiter().GetResult().Newest;
        CancellationTokenSource connected;
        lock (_lock)
        {
            _lostAt ??= newest;
            _resumed ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            connected = _connected;
            _connected = new();
        }

        connected.Cancel();
        connected.Dispose();
    }

    private void Resume()
    {
        TaskCompletionSource? resumed;
        lock (_lock)
        {
            resumed = _resumed;
            _resumed = null;
        }

        resumed?.TrySetResult();
    }
}
