using Microsoft.Extensions.Logging;

namespace Curlew.Redis.Resp;

/// <summary>The client of our own behind <see cref="IRedisClient"/>.</summary>
/// <remarks>
/// One connection carries everyone's commands (in a cluster: one to each primary, and one that any command without a key takes); each session has one;
/// pub/sub has one (in a cluster: one for each slot that a channel lies in); a watched primary costs one more, to a sentinel.
/// </remarks>
internal sealed class RedisClient : IRedisClient
{
    public const int MaxRedirections = 8;

    // How long keys that a migration has torn apart, or a full pipeline, may take to be better.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(20);

    private readonly RedisConfiguration _configuration;
    private readonly RedisTopology _topology;
    private readonly RedisLinkSettings _settings;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly RedisLink _main;
    private readonly CancellationTokenSource _disposing = new();

    // Protects everything below.
    private readonly Lock _lock = new();
    private readonly HashSet<RedisLink> _links = [];
    private readonly Dictionary<RedisEndpoint, RedisLink> _nodes = [];
    private readonly Dictionary<int, PubSubLink> _pubSub = [];
    private PubSubLink? _sentinels;
    private volatile bool _isDisposed;

    /// <summary>Makes a client; it does no I/O before its first use.</summary>
    /// <param name="configuration">Where Redis is.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock; the system's if not given.</param>
    /// <param name="random">The jitter; <see cref="Random.Shared"/> if not given.</param>
    public RedisClient(RedisConfiguration configuration, ILogger logger, TimeProvider? time = null, Random? random = null)
    {
        _configuration = configuration;
        _logger = logger;
        _time = time ?? TimeProvider.System;
        _topology = new(configuration, new(configuration, _time, logger), ForgetLostNodes, _time, logger, _disposing.Token);
        _settings = new(
            new(configuration.ReconnectDelay, configuration.MaxReconnectDelay, random ?? Random.Shared),
            configuration.MaxReconnectDelay,
            _time,
            logger,
            new(),
            change => ConnectionChanged?.Invoke(this, change));
        _main = AddLink(ConnectionPurpose.Commands, ConnectMainAsync);
    }

    /// <inheritdoc/>
    public event EventHandler<RedisConnectionChange>? ConnectionChanged;

    /// <summary>Whether the server ceased to be the one that takes writes.</summary>
    public static bool IsNoLongerPrimary(RedisServerException refusal) => refusal.Code is "READONLY" or "MASTERDOWN" or "UNBLOCKED";

    /// <inheritdoc/>
    public Task<RespReply> SendAsync(RespCommand command, TimeSpan maxWait = default, CancellationToken cancellationToken = default) =>
        RunAsync(command, transaction: null, command.Slot, maxWait, cancellationToken);

    /// <inheritdoc/>
    public Task<RespReply> TransactAsync(IReadOnlyList<RespCommand> commands, TimeSpan maxWait = default, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(commands.Count);
        int? slot = null;
        foreach (var command in commands)
        {
            if (slot is not null && command.Slot is not null && slot != command.Slot)
                throw new ArgumentException("The keys of a transaction do not share a cluster slot; give them a common {hash tag}.", nameof(commands));
            slot ??= command.Slot;
        }

        return RunAsync(command: null, commands, slot, maxWait, cancellationToken);
    }

    /// <inheritdoc/>
    public IRedisSession OpenSession(string key) =>
        new RedisSession(this, _topology, _configuration.CommandTimeout, key, connect => AddLink(ConnectionPurpose.BlockingReads, connect));

    /// <inheritdoc/>
    public async Task<bool> IsClusterAsync(CancellationToken cancellationToken = default)
    {
        if (_topology.Map is null)
            await _main.GetAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        return _topology.Map is not null;
    }

    /// <inheritdoc/>
    public string? TroubleWith(string key)
    {
        if (_topology.Map?[HashSlot.Of(key)] is not { } owner)
            return _main.Trouble;
        lock (_lock)
            return _nodes.GetValueOrDefault(owner)?.Trouble;
    }

    /// <inheritdoc/>
    public async Task PublishAsync(string channel, ReadOnlyMemory<byte> message, TimeSpan maxWait = default, CancellationToken cancellationToken = default)
    {
        if (_topology.Map is null)
            await _main.GetAsync(maxWait, cancellationToken).ConfigureAwait(false);
        using var command = _topology.Map is null
            ? new RespCommand("PUBLISH"u8).Add(channel).Add(message.Span)
            : new RespCommand("SPUBLISH"u8).AddKey(channel).Add(message.Span);
        using var reply = await SendAsync(command, maxWait, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IAsyncDisposable> SubscribeAsync(string channel, IRedisListener listener, CancellationToken cancellationToken = default)
    {
        // Whether it is a cluster is known after the first connection.
        if (_topology.Map is null)
            await _main.GetAsync(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
        int? slot = _topology.Map is null ? null : HashSlot.Of(channel);
        PubSubLink? link;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_pubSub.TryGetValue(slot ?? -1, out link))
            {
                link = _pubSub[slot ?? -1] = new(
                    ConnectionPurpose.PubSub,
                    (pushed, cancel) => _topology.ConnectAsync(slot, pushed, cancel),
                    () => slot is not null,
                    OnSubscriptionRefused,
                    _settings);
                _links.Add(link.Link);
            }
        }

        return await link.SubscribeAsync(channel, listener, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        RedisLink[] links;
        lock (_lock)
        {
            _isDisposed = true;
            links = [.. _links];
        }

        await _disposing.CancelAsync().ConfigureAwait(false);
        foreach (var link in links)
            await link.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Says that a link's owner disposes of it.</summary>
    internal void Forget(RedisLink link)
    {
        lock (_lock)
            _links.Remove(link);
    }

    /// <summary>Sends a command or a transaction until it has an answer, or until trying again could do what it must not.</summary>
    private async Task<RespReply> RunAsync(
        RespCommand? command, IReadOnlyList<RespCommand>? transaction, int? slot, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        var mode = SendMode.Plain;
        RedisEndpoint? importing = null;
        for (var redirections = 0; ; redirections++)
        {
            var link = importing is { } target ? LinkTo(target) : LinkOf(slot);
            RespConnection? connection = null;
            try
            {
                connection = await link.GetAsync(Remaining(), cancellationToken).ConfigureAwait(false);
                // The first connection of all has told that it is a cluster.
                if (link == _main && LinkOf(slot) is var other && other != _main)
                    connection = await other.GetAsync(Remaining(), cancellationToken).ConfigureAwait(false);
                return command is not null
                    ? await connection.SendAsync(command, mode, cancellationToken: cancellationToken).ConfigureAwait(false)
                    : await connection.TransactAsync(transaction!, mode.HasFlag(SendMode.Asking), cancellationToken).ConfigureAwait(false);
            }
            catch (RedisConnectionException e) when (e.Outcome == CommandOutcome.NotSent && !_isDisposed && (link.IsDisposed || Remaining() != TimeSpan.Zero))
            {
                (mode, importing) = (mode & ~SendMode.Asking, null);
                redirections--;
                await Task.Delay(RetryDelay, _time, cancellationToken).ConfigureAwait(false);
            }
            catch (RedisServerException e) when (e.Code == "NOSCRIPT" && command is { IsScript: true } && !mode.HasFlag(SendMode.ScriptInFull))
            {
                mode |= SendMode.ScriptInFull;
            }
            catch (RedisServerException e) when (redirections < MaxRedirections && Redirection.TryRead(e, connection!.Endpoint, out var redirection))
            {
                if (e.Code == "ASK")
                {
                    (mode, importing) = (mode | SendMode.Asking, redirection.Target);
                }
                else
                {
                    (mode, importing) = (mode & ~SendMode.Asking, null);
                    _topology.Move(redirection);
                }
            }
            catch (RedisServerException e) when (e.Code == "TRYAGAIN" && (redirections < MaxRedirections || Remaining() != TimeSpan.Zero))
            {
                // Some of its keys have moved and others not; when the move has ended, this node or the one that it then names has them all.
                await Task.Delay(RetryDelay, _time, cancellationToken).ConfigureAwait(false);
            }
            catch (RedisServerException e) when (IsNoLongerPrimary(e))
            {
                connection!.Close("it is no longer the primary.");
                throw;
            }
        }

        TimeSpan Remaining()
        {
            var remaining = maxWait - _time.GetElapsedTime(start);
            return maxWait == Timeout.InfiniteTimeSpan ? maxWait : remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
        }
    }

    private async Task<RespConnection> ConnectMainAsync(CancellationToken cancellationToken)
    {
        if (_configuration.ServiceName is not null)
            WatchPrimary();
        return await _topology.ConnectAsync(slot: null, pushed: null, cancellationToken).ConfigureAwait(false);
    }

    private RedisLink AddLink(ConnectionPurpose purpose, Func<CancellationToken, Task<RespConnection>> connect)
    {
        var link = new RedisLink(purpose, connect, _settings);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _links.Add(link);
        }

        return link;
    }

    private RedisLink LinkOf(int? slot) => slot is { } known && _topology.Map?[known] is { } owner ? LinkTo(owner) : _main;

    private RedisLink LinkTo(RedisEndpoint node)
    {
        lock (_lock)
        {
            if (!_nodes.TryGetValue(node, out var link))
                _nodes[node] = link = AddLink(ConnectionPurpose.Commands, cancel => _topology.ConnectToNodeAsync(node, pushed: null, cancel));
            return link;
        }
    }

    /// <summary>
    /// Gives up on nodes that have no slots any more and cannot be reached: those who wait for them are sent on. One that is still connected may be
    /// answering.
    /// </summary>
    private void ForgetLostNodes()
    {
        List<RedisLink> lost = [];
        lock (_lock)
        {
            foreach (var (node, link) in _nodes)
            {
                if (_topology.Map?.Primaries.Contains(node) == false && link.Current is null)
                    lost.Add(link);
                else
                    continue;
                _nodes.Remove(node);
                _links.Remove(link);
            }
        }

        foreach (var link in lost)
            _ = link.DisposeAsync().AsTask();
    }

    private void OnSubscriptionRefused(RedisServerException refusal, RespConnection connection)
    {
        if (Redirection.TryRead(refusal, connection.Endpoint, out var redirection))
            _topology.Move(redirection);
        else
            _topology.RefreshMap();
    }

    private void WatchPrimary()
    {
        PubSubLink sentinels;
        lock (_lock)
        {
            if (_sentinels is not null || _isDisposed)
                return;
            sentinels = _sentinels = new(
                ConnectionPurpose.Sentinel, _topology.ConnectToSentinelAsync, static () => false, static (_, _) => { }, _settings);
            _links.Add(sentinels.Link);
        }

        // Not waited for: without its news a switch is found out when the old primary hangs up.
        _ = sentinels.SubscribeAsync("+switch-master", new PrimaryListener(this), CancellationToken.None);
    }

    private void OnPrimarySwitched(RedisEndpoint primary)
    {
        Messages.PrimarySwitched(_logger, _configuration.ServiceName!, primary);
        RedisLink[] links;
        lock (_lock)
            links = [.. _links.Where(link => link != _sentinels?.Link)];
        foreach (var link in links)
        {
            if (link.Current is { } connection && connection.Endpoint != primary)
                connection.Close("the sentinels have made another server the primary.");
        }
    }

    private sealed class PrimaryListener(RedisClient client) : IRedisListener
    {
        // "<service> <old host> <old port> <new host> <new port>"
        public void OnMessage(ReadOnlySpan<byte> message)
        {
            var parts = System.Text.Encoding.UTF8.GetString(message).Split(' ');
            if (parts.Length == 5 && parts[0] == client._configuration.ServiceName && int.TryParse(parts[4], System.Globalization.CultureInfo.InvariantCulture, out var port))
            {
                client.OnPrimarySwitched(new(parts[3], port));
            }
        }

        public void OnInterrupted()
        {
        }

        public void OnResumed()
        {
        }
    }
}
