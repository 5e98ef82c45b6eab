namespace Curlew.Redis.Resp;

/// <summary>
/// A connection that is made again whenever it is lost, with back-off and jitter, from the first use until it is disposed. Thread-safe.
/// </summary>
/// <remarks>
/// The links of a client share what they know: when one has found a server again, the others try at once, whatever is left of their pauses. Only a link
/// that had failed, or is new, tells of it; if every connection counted, two links to a server that hangs up at once would drive each other on.
/// </remarks>
internal sealed class RedisLink : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task<RespConnection>> _connect;
    private readonly RedisLinkSettings _settings;
    private readonly ConnectionPurpose _purpose;
    private readonly CancellationTokenSource _disposing = new();

    // Completed by the first attempt to connect, whatever came of it.
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Protects everything below.
    private readonly Lock _lock = new();

    // Completed while there is a connection; a new one takes its place when the connection is lost.
    private TaskCompletionSource<RespConnection> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _failure;
    private Exception? _cause;
    private Task? _maintaining;
    private long _connections;

    /// <param name="purpose">What the connection is for.</param>
    /// <param name="connect">Makes it.</param>
    /// <param name="settings">What all links of a client share.</param>
    public RedisLink(ConnectionPurpose purpose, Func<CancellationToken, Task<RespConnection>> connect, RedisLinkSettings settings)
    {
        _purpose = purpose;
        _connect = connect;
        _settings = settings;
    }

    /// <summary>How many times the connection was made.</summary>
    public long Connections
    {
        get
        {
            lock (_lock)
                return _connections;
        }
    }

    /// <summary>The connection, if there is one.</summary>
    public RespConnection? Current
    {
        get
        {
            lock (_lock)
                return _next.Task.IsCompleted && !_next.Task.Result.IsClosed ? _next.Task.Result : null;
        }
    }

    /// <summary>Why there is no connection; null where there is one, and before the first attempt has ended.</summary>
    public string? Trouble
    {
        get
        {
            lock (_lock)
                return !_tried.Task.IsCompleted ? null : !_next.Task.IsCompleted ? _failure : _next.Task.Result.IsClosed ? _next.Task.Result.Closed.Result : null;
        }
    }

    /// <summary>Whether it is of no more use.</summary>
    public bool IsDisposed => _disposing.IsCancellationRequested;

    /// <summary>Gives the connection, or waits for it.</summary>
    /// <param name="maxWait">
    /// How long to wait for a connection that was lost or could not be made. With zero it fails at once, except while the very first attempt is under way,
    /// which every call waits for.
    /// </param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RedisConnectionException">There is none; the message says why.</exception>
    public async ValueTask<RespConnection> GetAsync(TimeSpan maxWait, CancellationToken cancellationToken)
    {
        if (TryGet(out var next) is { } connection)
            return connection;
        try
        {
            if (maxWait == TimeSpan.Zero)
            {
                await _tried.Task.WaitAsync(_disposing.Token).WaitAsync(cancellationToken).ConfigureAwait(false);
                if (TryGet(out _) is { } first)
                    return first;
            }
            else
            {
                return await next.WaitAsync(_disposing.Token).WaitAsync(maxWait, _settings.Time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RedisConnectionException("The Redis client was closed.", CommandOutcome.NotSent);
        }
        catch (TimeoutException)
        {
            // Told below, with the reason.
        }

        lock (_lock)
            throw new RedisConnectionException(_failure ?? "Redis cannot be reached yet.", CommandOutcome.NotSent, _cause);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _disposing.CancelAsync().ConfigureAwait(false);
        Task? maintaining;
        lock (_lock)
            maintaining = _maintaining;
        if (maintaining is not null)
            await maintaining.ConfigureAwait(false);
    }

    private RespConnection? TryGet(out Task<RespConnection> next)
    {
        lock (_lock)
        {
            if (_maintaining is null && !IsDisposed)
                _maintaining = Task.Run(MaintainAsync, CancellationToken.None);
            // It may be seen here before the maintaining task has seen it.
            if (_next.Task.IsCompleted && _next.Task.Result is { IsClosed: true } lost)
                MarkLost(lost);
            next = _next.Task;
            return next.IsCompleted ? next.Result : null;
        }
    }

    private void MarkLost(RespConnection connection)
    {
        if (!_next.Task.IsCompleted || _next.Task.Result != connection)
            return;
        _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        (_failure, _cause) = (connection.Closed.Result, null);
    }

    private async Task MaintainAsync()
    {
        var (pauses, isFailing) = (0, false);
        while (true)
        {
            // Taken before the attempt, so that news which come while it fails are not missed.
            var news = _settings.News.Next;
            try
            {
                using var connection = await _connect(_disposing.Token).ConfigureAwait(false);
                var wasFailing = isFailing;
                isFailing = false;
                var since = _settings.Time.GetTimestamp();
                Announce(connection, wasFailing);
                await connection.Closed.WaitAsync(_disposing.Token).ConfigureAwait(false);
                // A server that accepts and hangs up at once is no better than one that is away.
                pauses = _settings.Time.GetElapsedTime(since) < _settings.MaxDelay ? pauses + 1 : 0;
                news = _settings.News.Next;
                Lose(connection);
            }
            catch (OperationCanceledException) when (_disposing.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                Fail(e, isFirst: !isFailing);
                isFailing = true;
                pauses++;
            }

            await news.WaitAsync(_settings.Delay.Next(pauses), _settings.Time, _disposing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (IsDisposed)
                break;
        }
    }

    private void Announce(RespConnection connection, bool wasFailing)
    {
        bool isFirst;
        lock (_lock)
        {
            isFirst = _connections++ == 0;
            _next.SetResult(connection);
        }

        _tried.TrySetResult();
        if (isFirst || wasFailing)
            _settings.News.Tell();
        if (!isFirst)
            Messages.ConnectionRestored(_settings.Logger, connection.Endpoint, _purpose);
        _settings.Changed(new(_purpose, isFirst ? ConnectionChangeKind.Established : ConnectionChangeKind.Restored, reason: null));
    }

    private void Lose(RespConnection connection)
    {
        lock (_lock)
            MarkLost(connection);
        var reason = connection.Closed.Result;
        if (connection.IsDropped)
            Messages.ConnectionDropped(_settings.Logger, reason, _purpose);
        else
            Messages.ConnectionLost(_settings.Logger, reason, _purpose);
        _settings.Changed(new(_purpose, ConnectionChangeKind.Lost, reason));
    }

    private void Fail(Exception failure, bool isFirst)
    {
        lock (_lock)
            (_failure, _cause) = (failure.Message, failure);
        _tried.TrySetResult();
        if (isFirst)
            Messages.Unreachable(_settings.Logger, _purpose, failure.Message, _settings.MaxDelay);
        else
            Messages.StillUnreachable(_settings.Logger, _purpose, failure.Message);
        _settings.Changed(new(_purpose, ConnectionChangeKind.Failed, failure.Message));
    }
}
