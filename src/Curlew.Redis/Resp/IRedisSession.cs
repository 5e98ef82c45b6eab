namespace Curlew.Redis.Resp;

/// <summary>
/// A connection of one caller's own, for XREAD BLOCK, XREADGROUP BLOCK and what belongs to them. One call at a time.
/// </summary>
internal interface IRedisSession : IAsyncDisposable
{
    /// <summary>
    /// How many connections there have been. When it has grown between two calls, anything may have happened at the server meanwhile, a failover that lost
    /// entries too.
    /// </summary>
    long Connections { get; }

    /// <summary>Sends a command. While there is no connection it waits for one, for as long as the caller does.</summary>
    /// <param name="command">The command, which stays the caller's.</param>
    /// <param name="block">How long the command may block at the server; it is added to the time-out.</param>
    /// <param name="cancellationToken">
    /// Gives up, and drops the connection, since the command may be waiting at the server. What XREADGROUP was just about to deliver then is pending for
    /// its consumer.
    /// </param>
    /// <returns>The reply, which the caller owns.</returns>
    /// <exception cref="RedisServerException">The server refused.</exception>
    /// <exception cref="RedisConnectionException">
    /// The connection was lost under way, or nothing came in time. The next call waits for a new one.
    /// </exception>
    Task<RespReply> SendAsync(RespCommand command, TimeSpan block = default, CancellationToken cancellationToken = default);

    /// <summary>
    /// Ends a blocking read that is under way, as if its time had passed (CLIENT UNBLOCK from another connection). Nothing is lost and no connection dropped.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Whether a read was waiting.</returns>
    Task<bool> UnblockAsync(CancellationToken cancellationToken = default);
}
