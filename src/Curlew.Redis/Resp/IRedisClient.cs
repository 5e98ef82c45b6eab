namespace Curlew.Redis.Resp;

/// <summary>
/// Redis, as the hubs need it: one server, a primary behind sentinels, or a cluster, told apart by nobody but this. The seam behind which another client
/// can stand. Thread-safe.
/// </summary>
/// <remarks>
/// <para>It connects at the first use and never gives up: a connection that is lost, or cannot be made, is tried again with back-off and jitter.</para>
/// <para>How a call can end without a reply:</para>
/// <list type="bullet">
/// <item><see cref="RedisServerException"/>: the server refused, the command had no effect.</item>
/// <item><see cref="RedisConnectionException"/> with <see cref="CommandOutcome.NotSent"/>: it had no effect.</item>
/// <item><see cref="RedisConnectionException"/> with <see cref="CommandOutcome.Unknown"/>, or a cancellation after it was sent: it may have run.</item>
/// </list>
/// <para>Nothing whose outcome is unknown is ever sent again here. What was certainly not run is: after a redirection by a cluster, after NOSCRIPT, and
/// while the caller still wants to wait.</para>
/// </remarks>
internal interface IRedisClient : IAsyncDisposable
{
    /// <summary>
    /// A connection came or went. Raised on whatever thread saw it, also at the same time; a handler must not block or throw. Reconnects are counted and
    /// health is told from here.
    /// </summary>
    event EventHandler<RedisConnectionChange>? ConnectionChanged;

    /// <summary>
    /// Sends a command, on the connection that all callers share, in one pipeline, to the server that has the keys. Commands that one caller sends one after
    /// another, without waiting for the replies, run in that order as long as nothing has to be waited for or redirected.
    /// </summary>
    /// <param name="command">The command, which stays the caller's. No blocking one: it would hold up everyone; see <see cref="OpenSession"/>.</param>
    /// <param name="maxWait">
    /// How long to wait for a connection where there is none. Zero, the default, fails at once while Redis is known to be away.
    /// </param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The reply, which the caller owns and disposes of.</returns>
    /// <exception cref="RedisServerException">The server refused.</exception>
    /// <exception cref="RedisConnectionException">There is no connection, or no answer came in time.</exception>
    Task<RespReply> SendAsync(RespCommand command, TimeSpan maxWait = default, CancellationToken cancellationToken = default);

    /// <summary>Sends commands as one transaction (MULTI, EXEC), in one piece and one round trip. In a cluster their keys share a slot.</summary>
    /// <param name="commands">At least one. A script is sent in full each time, so one that stands alone is better sent alone.</param>
    /// <param name="maxWait">As in <see cref="SendAsync"/>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The array of results, which the caller owns. A single command's failure stands in the place of its result, and the others have run.</returns>
    /// <exception cref="RedisServerException">A command was refused when it was queued; none has run.</exception>
    /// <exception cref="RedisConnectionException">There is no connection, or no answer came in time.</exception>
    Task<RespReply> TransactAsync(IReadOnlyList<RespCommand> commands, TimeSpan maxWait = default, CancellationToken cancellationToken = default);

    /// <summary>Whether it is a cluster, where keys lie on several servers.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Whether it is.</returns>
    /// <exception cref="RedisConnectionException">There is no connection, and there has been none yet.</exception>
    Task<bool> IsClusterAsync(CancellationToken cancellationToken = default);

    /// <summary>Why commands that need a key would fail at this moment for want of a connection.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The reason; null while there is a connection, and where none has been wanted yet.</returns>
    string? TroubleWith(string key);

    /// <summary>A connection of its own, for blocking reads. It is made at the first call.</summary>
    /// <param name="key">Any of the keys that will be read: in a cluster they share a slot.</param>
    /// <returns>The session, to be disposed of by the caller.</returns>
    IRedisSession OpenSession(string key);

    /// <summary>Publishes a message to a channel, by SPUBLISH in a cluster.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="message">The message.</param>
    /// <param name="maxWait">As in <see cref="SendAsync"/>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>A task that ends when the server has taken it.</returns>
    Task PublishAsync(string channel, ReadOnlyMemory<byte> message, TimeSpan maxWait = default, CancellationToken cancellationToken = default);

    /// <summary>
    /// Listens to a channel, by SSUBSCRIBE in a cluster, until the subscription is disposed of. A lost connection is made again and the channel subscribed
    /// again; what was published meanwhile is gone, and the listener is told.
    /// </summary>
    /// <param name="channel">The channel. One subscription each: a second one is an <see cref="InvalidOperationException"/>.</param>
    /// <param name="listener">Hears.</param>
    /// <param name="cancellationToken">Gives up waiting for the first subscription; the channel is then not subscribed to.</param>
    /// <returns>The subscription, in force.</returns>
    Task<IAsyncDisposable> SubscribeAsync(string channel, IRedisListener listener, CancellationToken cancellationToken = default);
}
