namespace Curlew.Redis.Resp;

/// <summary>There is no connection, it was lost, or no answer came in time. The message names server and cause, and no secret.</summary>
/// <param name="message">What happened.</param>
/// <param name="outcome">What became of the command.</param>
/// <param name="innerException">The cause; a <see cref="TimeoutException"/> where time ran out.</param>
internal sealed class RedisConnectionException(string message, CommandOutcome outcome, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Whether the command may have run.</summary>
    public CommandOutcome Outcome { get; } = outcome;
}
