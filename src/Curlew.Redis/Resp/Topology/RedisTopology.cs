using Microsoft.Extensions.Logging;

namespace Curlew.Redis.Resp;

/// <summary>
/// Knows which server to connect to: the one there is, the primary among several, the one that the sentinels name, the owner of a cluster's slot.
/// Thread-safe.
/// </summary>
/// <param name="configuration">The servers.</param>
/// <param name="connector">Makes the connections.</param>
/// <param name="mapChanged">Told when the map of a cluster was read anew.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
/// <param name="stopping">Ends what goes on in the background.</param>
internal sealed class RedisTopology(RedisConfiguration configuration, RespConnector connector, Action mapChanged, TimeProvider time, ILogger logger, CancellationToken stopping)
{
    // Between two readings of the map that nobody waits for.
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(200);

    // Protects everything below, but for the map, which is replaced as a whole.
    private readonly Lock _lock = new();
    private volatile SlotMap? _map;
    private bool _isRefreshing;
    private bool _refreshAgain;
    private int _lastSentinel;

    /// <summary>The map of the cluster; null where it is none, or where no server has been asked yet.</summary>
    public SlotMap? Map => _map;

    /// <summary>Makes a connection to the server that has a slot, or where there is no slot or no cluster, to the primary.</summary>
    /// <exception cref="RedisConnectionException">None could be made; the message names every server that was tried, and why it would not do.</exception>
    public async Task<RespConnection> ConnectAsync(int? slot, Action<RespReply>? pushed, CancellationToken cancellationToken)
    {
        if (configuration.ServiceName is not null)
            return await ConnectToWatchedPrimaryAsync(pushed, cancellationToken).ConfigureAwait(false);
        if (slot is { } known && _map?[known] is { } owner)
            return await ConnectToNodeAsync(owner, pushed, cancellationToken).ConfigureAwait(false);

        List<RedisConnectionException> failures = [];
        foreach (var endpoint in Candidates())
        {
            RespConnection? connection = null;
            try
            {
                connection = await connector.ConnectAsync(endpoint, isSentinel: false, pushed, cancellationToken).ConfigureAwait(false);
                await LearnMapAsync(connection, cancellationToken).ConfigureAwait(false);
                if (_map is null && configuration.Endpoints.Count > 1)
                    await CheckPrimaryAsync(connection, cancellationToken).ConfigureAwait(false);
                if (slot is null || _map?[slot.Value] is not { } other || other == endpoint)
                    return connection;
                connection.Dispose();
                return await ConnectToNodeAsync(other, pushed, cancellationToken).ConfigureAwait(false);
            }
            catch (RedisConnectionException e)
            {
                connection?.Dispose();
                failures.Add(e);
            }
            catch
            {
                connection?.Dispose();
                throw;
            }
        }

        throw Combine(failures);
    }

    /// <summary>Makes a connection to one node of a cluster.</summary>
    public async Task<RespConnection> ConnectToNodeAsync(RedisEndpoint endpoint, Action<RespReply>? pushed, CancellationToken cancellationToken)
    {
        try
        {
            return await connector.ConnectAsync(endpoint, isSentinel: false, pushed, cancellationToken).ConfigureAwait(false);
        }
        catch (RedisConnectionException)
        {
            // Its slots may have gone to another.
            RefreshMap();
            throw;
        }
    }

    /// <summary>Makes a connection to a sentinel.</summary>
    public async Task<RespConnection> ConnectToSentinelAsync(Action<RespReply>? pushed, CancellationToken cancellationToken)
    {
        List<RedisConnectionException> failures = [];
        foreach (var index in SentinelsInTurn())
        {
            try
            {
                return await connector.ConnectAsync(configuration.Endpoints[index], isSentinel: true, pushed, cancellationToken).ConfigureAwait(false);
            }
            catch (RedisConnectionException e)
            {
                failures.Add(e);
            }
        }

        throw Combine(failures);
    }

    /// <summary>Takes a node's word that a slot is elsewhere, and has the whole map read soon: slots seldom move alone.</summary>
    public void Move(Redirection redirection)
    {
        _map?.Move(redirection.Slot, redirection.Target);
        RefreshMap();
    }

    /// <summary>Has the map read anew, in the background. Wishes that come meanwhile are one.</summary>
    public void RefreshMap()
    {
        if (_map is null)
            return;
        lock (_lock)
        {
            _refreshAgain = true;
            if (_isRefreshing)
                return;
            _isRefreshing = true;
        }

        _ = Task.Run(RefreshAsync, stopping);
    }

    private static RedisConnectionException Combine(List<RedisConnectionException> failures) =>
        failures.Count == 1 ? failures[0] : new(string.Join(' ', failures.Select(static e => e.Message)), CommandOutcome.NotSent, failures[^1]);

    private static async Task<RespReply> AskAsync(RespConnection connection, CancellationToken cancellationToken, params string[] words)
    {
        using var command = new RespCommand(System.Text.Encoding.ASCII.GetBytes(words[0]));
        foreach (var word in words.AsSpan(1))
            command.Add(word);
        return await connection.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    private IEnumerable<RedisEndpoint> Candidates() => (_map?.Primaries ?? Enumerable.Empty<RedisEndpoint>()).Union(configuration.Endpoints);

    private IEnumerable<int> SentinelsInTurn()
    {
        int first;
        lock (_lock)
            first = _lastSentinel;
        return Enumerable.Range(first, configuration.Endpoints.Count).Select(index => index % configuration.Endpoints.Count);
    }

    private async Task LearnMapAsync(RespConnection connection, CancellationToken cancellationToken)
    {
        if (_map is not null || connection.Greeting.Mode is not (null or "cluster"))
            return;
        try
        {
            using var reply = await AskAsync(connection, cancellationToken, "CLUSTER", "SLOTS").ConfigureAwait(false);
            SetMap(SlotMap.Read(reply.Read(), connection.Endpoint));
        }
        catch (RedisServerException) when (connection.Greeting.Mode is null)
        {
            // "This instance has cluster support disabled", or no right to ask: then as one server.
        }
        catch (RedisServerException e)
        {
            throw new RedisConnectionException($"The cluster at {connection.Endpoint} does not tell its slots: {e.Message}", CommandOutcome.NotSent, e);
        }
    }

    private void SetMap(SlotMap map)
    {
        _map = map;
        Messages.MapRefreshed(logger, map.Primaries.Count);
        mapChanged();
    }

    private async Task RefreshAsync()
    {
        while (true)
        {
            lock (_lock)
            {
                _isRefreshing = _refreshAgain;
                if (!_refreshAgain)
                    return;
                _refreshAgain = false;
            }

            foreach (var endpoint in Candidates())
            {
                try
                {
                    using var connection = await connector.ConnectAsync(endpoint, isSentinel: false, pushed: null, stopping).ConfigureAwait(false);
                    using var reply = await AskAsync(connection, stopping, "CLUSTER", "SLOTS").ConfigureAwait(false);
                    var map = SlotMap.Read(reply.Read(), endpoint);
                    // A node that was alone, or has forgotten the others, knows of none.
                    if (map.Primaries.Count == 0)
                        continue;
                    SetMap(map);
                    break;
                }
                catch (Exception e) when (e is RedisConnectionException or RedisServerException or RespProtocolException)
                {
                    Messages.MapNotRefreshed(logger, e);
                }
            }

            await Task.Delay(RefreshInterval, time, stopping).ConfigureAwait(false);
        }
    }

    private async Task<RespConnection> ConnectToWatchedPrimaryAsync(Action<RespReply>? pushed, CancellationToken cancellationToken)
    {
        List<RedisConnectionException> failures = [];
        foreach (var index in SentinelsInTurn())
        {
            RespConnection? connection = null;
            try
            {
                var primary = await AskSentinelAsync(configuration.Endpoints[index], cancellationToken).ConfigureAwait(false);
                connection = await connector.ConnectAsync(primary, isSentinel: false, pushed, cancellationToken).ConfigureAwait(false);
                // A sentinel may still name the old primary, which by now is a replica.
                await CheckPrimaryAsync(connection, cancellationToken).ConfigureAwait(false);
                lock (_lock)
                    _lastSentinel = index;
                return connection;
            }
            catch (RedisConnectionException e)
            {
                connection?.Dispose();
                Messages.SentinelFailed(logger, configuration.Endpoints[index], e);
                failures.Add(e);
            }
            catch
            {
                connection?.Dispose();
                throw;
            }
        }

        throw Combine(failures);
    }

    private async Task<RedisEndpoint> AskSentinelAsync(RedisEndpoint sentinel, CancellationToken cancellationToken)
    {
        using var connection = await connector.ConnectAsync(sentinel, isSentinel: true, pushed: null, cancellationToken).ConfigureAwait(false);
        try
        {
            using var reply = await AskAsync(connection, cancellationToken, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", configuration.ServiceName!).ConfigureAwait(false);
            var reader = reply.Read();
            if (!reader.TryReadNull() && reader.ReadArray() == 2)
                return new(reader.ReadString(), (int)reader.ReadInteger());
            throw new RedisConnectionException($"Sentinel {sentinel} knows no service '{configuration.ServiceName}'.", CommandOutcome.NotSent);
        }
        catch (Exception e) when (e is RedisServerException or RespProtocolException)
        {
            throw new RedisConnectionException($"Sentinel {sentinel} does not name the primary: {e.Message}", CommandOutcome.NotSent, e);
        }
    }

    private static async Task CheckPrimaryAsync(RespConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            using var reply = await AskAsync(connection, cancellationToken, "ROLE").ConfigureAwait(false);
            var reader = reply.Read();
            reader.ReadArray();
            if (!reader.ReadBytes().SequenceEqual("master"u8))
                throw new RedisConnectionException($"Redis at {connection.Endpoint} is not the primary.", CommandOutcome.NotSent);
        }
        catch (RedisServerException e) when (e.Code is "NOPERM")
        {
            // Then it is believed.
        }
        catch (Exception e) when (e is RedisServerException or RespProtocolException)
        {
            throw new RedisConnectionException($"Redis at {connection.Endpoint} does not tell its role: {e.Message}", CommandOutcome.NotSent, e);
        }
    }
}
