using System.Text;
using Microsoft.Extensions.Logging;

namespace Curlew.Redis.Resp;

/// <summary>
/// A connection for pub/sub alone, and the channels that are heard over it. Whenever it is made again, all of them are subscribed again before it counts as
/// made. Thread-safe.
/// </summary>
internal sealed class PubSubLink : IAsyncDisposable
{
    private readonly Func<Action<RespReply>, CancellationToken, Task<RespConnection>> _connect;
    private readonly Func<bool> _isSharded;
    private readonly Action<RedisServerException, RespConnection> _refused;
    private readonly ILogger _logger;

    // Held while a listener is called: one call at a time.
    private readonly Lock _calling = new();

    // Protects the replacing of the array, which is never changed.
    private readonly Lock _lock = new();
    private volatile Channel[] _channels = [];

    /// <param name="purpose">What it is for.</param>
    /// <param name="connect">Makes a connection, given who takes its messages.</param>
    /// <param name="isSharded">Whether it is sharded pub/sub; asked when there is a connection.</param>
    /// <param name="refused">Told when a server would not subscribe, or has ended a subscription: the slot may have moved.</param>
    /// <param name="settings">What all links share.</param>
    public PubSubLink(
        ConnectionPurpose purpose,
        Func<Action<RespReply>, CancellationToken, Task<RespConnection>> connect,
        Func<bool> isSharded,
        Action<RedisServerException, RespConnection> refused,
        RedisLinkSettings settings)
    {
        _connect = connect;
        _isSharded = isSharded;
        _refused = refused;
        _logger = settings.Logger;
        Link = new(purpose, ConnectAsync, settings with { Changed = change => OnChanged(change, settings.Changed) });
    }

    public RedisLink Link { get; }

    /// <inheritdoc cref="IRedisClient.SubscribeAsync"/>
    public async Task<IAsyncDisposable> SubscribeAsync(string name, IRedisListener listener, CancellationToken cancellationToken)
    {
        var channel = new Channel(this, name, listener);
        lock (_lock)
        {
            if (_channels.Any(other => other.Name == name))
                throw new InvalidOperationException($"The channel '{name}' is subscribed to already.");
            _channels = [.. _channels, channel];
        }

        try
        {
            while (true)
            {
                var connection = await Link.GetAsync(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
                if (!await TrySubscribeAsync(connection, channel, cancellationToken).ConfigureAwait(false))
                    continue;
                // From here on it is subscribed again with every connection, so one that was made before must not be missed.
                channel.IsEstablished = true;
                if (Link.Current == connection)
                    return channel;
            }
        }
        catch
        {
            Remove(channel);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Link.DisposeAsync();

    /// <summary>Subscribes, unless the connection is lost or is no longer the right one, which another attempt will mend.</summary>
    private async Task<bool> TrySubscribeAsync(RespConnection connection, Channel channel, CancellationToken cancellationToken)
    {
        try
        {
            await ConfirmSubscriptionAsync(connection, channel.Name, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (RedisConnectionException)
        {
            // A time-out may have left the connection open, with a subscription of which nobody knows.
            connection.Close("a subscription was not confirmed.");
            return false;
        }
        catch (RedisServerException e) when (e.Code is "MOVED" or "ASK" or "CLUSTERDOWN")
        {
            _refused(e, connection);
            connection.Close("the server no longer has the channel's slot.");
            return false;
        }
    }

    private Task ConfirmSubscriptionAsync(RespConnection connection, string channel, CancellationToken cancellationToken) => _isSharded()
        ? connection.ConfirmAsync("SSUBSCRIBE"u8.ToArray(), PushKind.ShardSubscribe, channel, cancellationToken)
        : connection.ConfirmAsync("SUBSCRIBE"u8.ToArray(), PushKind.Subscribe, channel, cancellationToken);

    private async Task<RespConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        RespConnection? connection = null;
        connection = await _connect(message => Take(message, connection), cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var channel in _channels.Where(static channel => channel.IsEstablished))
            {
                await ConfirmSubscriptionAsync(connection, channel.Name, cancellationToken).ConfigureAwait(false);
                lock (_calling)
                    channel.Resume();
            }

            return connection;
        }
        catch (RedisServerException e)
        {
            _refused(e, connection);
            connection.Dispose();
            throw new RedisConnectionException($"Redis at {connection.Endpoint} does not let this client subscribe: {e.Message}", CommandOutcome.NotSent, e);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void OnChanged(RedisConnectionChange change, Action<RedisConnectionChange> next)
    {
        if (change.Kind == ConnectionChangeKind.Lost)
        {
            lock (_calling)
            {
                foreach (var channel in _channels)
                    channel.Interrupt();
            }
        }

        next(change);
    }

    private void Take(RespReply message, RespConnection? connection)
    {
        var reader = message.Read();
        if (reader.ReadArray() != 3)
            return;
        var kind = PushKind.Find(reader.ReadBytes());
        var name = reader.ReadBytes();
        if (kind is PushKind.ShardUnsubscribe && Find(name) is not null)
        {
            // Not asked for: the slot has gone to another server. Reconnecting goes there.
            connection?.Close("the server no longer has the channel's slot.");
        }
        else if (kind is PushKind.Message or PushKind.ShardMessage && Find(name) is { } channel)
        {
            lock (_calling)
            {
                channel.Resume();
                channel.Hear(reader.ReadBytes());
            }
        }
    }

    private Channel? Find(ReadOnlySpan<byte> name)
    {
        foreach (var channel in _channels)
        {
            if (name.SequenceEqual(channel.Bytes))
                return channel;
        }

        return null;
    }

    private void Remove(Channel channel)
    {
        lock (_lock)
            _channels = [.. _channels.Where(other => other != channel)];
    }

    private async ValueTask UnsubscribeAsync(Channel channel)
    {
        Remove(channel);
        if (Link.Current is not { } connection)
            return;
        try
        {
            await (_isSharded()
                ? connection.ConfirmAsync("SUNSUBSCRIBE"u8.ToArray(), PushKind.ShardUnsubscribe, channel.Name, CancellationToken.None)
                : connection.ConfirmAsync("UNSUBSCRIBE"u8.ToArray(), PushKind.Unsubscribe, channel.Name, CancellationToken.None)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RedisServerException or RedisConnectionException)
        {
            // The next connection will not have it.
        }
    }

    private sealed class Channel(PubSubLink link, string name, IRedisListener listener) : IAsyncDisposable
    {
        private bool _isInterrupted;
        private volatile bool _isEstablished;

        public string Name { get; } = name;

        public byte[] Bytes { get; } = Encoding.UTF8.GetBytes(name);

        /// <summary>Whether the server has confirmed it once.</summary>
        public bool IsEstablished
        {
            get => _isEstablished;
            set => _isEstablished = value;
        }

        public void Hear(ReadOnlySpan<byte> message)
        {
            try
            {
                listener.OnMessage(message);
            }
            catch (Exception e)
            {
                Messages.ListenerFailed(link._logger, Name, e);
            }
        }

        public void Interrupt()
        {
            if (!IsEstablished || _isInterrupted)
                return;
            _isInterrupted = true;
            listener.OnInterrupted();
        }

        public void Resume()
        {
            if (!_isInterrupted)
                return;
            _isInterrupted = false;
            listener.OnResumed();
        }

        public ValueTask DisposeAsync() => link.UnsubscribeAsync(this);
    }
}
