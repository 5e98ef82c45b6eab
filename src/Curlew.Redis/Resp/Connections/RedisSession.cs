namespace Curlew.Redis.Resp;

/// <inheritdoc cref="IRedisSession"/>
internal sealed class RedisSession : IRedisSession
{
    private readonly RedisClient _client;
    private readonly RedisTopology _topology;
    private readonly TimeSpan _commandTimeout;
    private readonly int _slot;

    // The node that is taking over the slot, while it does.
    private volatile Node? _importing;

    public RedisSession(RedisClient client, RedisTopology topology, TimeSpan commandTimeout, string key, Func<Func<CancellationToken, Task<RespConnection>>, RedisLink> makeLink)
    {
        _client = client;
        _topology = topology;
        _commandTimeout = commandTimeout;
        _slot = HashSlot.Of(key);
        Link = makeLink(ConnectAsync);
    }

    public RedisLink Link { get; }

    /// <inheritdoc/>
    public long Connections => Link.Connections;

    /// <inheritdoc/>
    public async Task<RespReply> SendAsync(RespCommand command, TimeSpan block = default, CancellationToken cancellationToken = default)
    {
        var mode = SendMode.Plain;
        for (var redirections = 0; ; redirections++)
        {
            var connection = await Link.GetAsync(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
            mode = connection.Endpoint == _importing?.Endpoint ? mode | SendMode.Asking : mode & ~SendMode.Asking;
            try
            {
                return await connection.SendAsync(command, mode, block + _commandTimeout, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                connection.Close("a blocking read was given up.");
                throw;
            }
            catch (RedisConnectionException e) when (e.Outcome == CommandOutcome.NotSent)
            {
                // Lost just before it could be used.
            }
            catch (RedisServerException e) when (e.Code == "NOSCRIPT" && command.IsScript && !mode.HasFlag(SendMode.ScriptInFull))
            {
                mode |= SendMode.ScriptInFull;
            }
            catch (RedisServerException e) when (redirections < RedisClient.MaxRedirections && Redirection.TryRead(e, connection.Endpoint, out var redirection))
            {
                _importing = e.Code == "ASK" ? new(redirection.Target) : null;
                if (_importing is null)
                    _topology.Move(redirection);
                connection.Close("the slot has moved.");
            }
            catch (RedisServerException e)
            {
                if (RedisClient.IsNoLongerPrimary(e))
                    connection.Close("it is no longer the primary.");
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public async Task<bool> UnblockAsync(CancellationToken cancellationToken = default)
    {
        if (Link.Current?.Greeting.ClientId is not { } id)
            return false;
        using var command = new RespCommand("CLIENT"u8).Add("UNBLOCK"u8).Add(id);
        command.Slot = _slot;
        using var reply = await _client.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
        return reply.Read().ReadInteger() == 1;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client.Forget(Link);
        return Link.DisposeAsync();
    }

    private async Task<RespConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_importing is not { } importing)
            return await _topology.ConnectAsync(_slot, pushed: null, cancellationToken).ConfigureAwait(false);
        try
        {
            return await _topology.ConnectToNodeAsync(importing.Endpoint, pushed: null, cancellationToken).ConfigureAwait(false);
        }
        catch (RedisConnectionException)
        {
            _importing = null;
            throw;
        }
    }

    private sealed record Node(RedisEndpoint Endpoint);
}
