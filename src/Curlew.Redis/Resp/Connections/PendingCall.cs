namespace Curlew.Redis.Resp;

/// <summary>
/// A command on its way, from the outbox to its reply. Ended by whoever comes first: the reply, the time-out, the caller, the end of the connection.
/// A reply that comes after that is thrown away, in its place in the line.
/// </summary>
/// <param name="replies">How many replies it gets: more than one for a transaction. The last one is the result, the first error too.</param>
internal sealed class PendingCall(int replies) : TaskCompletionSource<RespReply>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private int _missing = replies;
    private RedisServerException? _error;

    /// <summary>Where its first byte stands in all that the connection sends.</summary>
    public long Start { get; set; }

    /// <summary>When it was sent, as a timestamp.</summary>
    public long SentAt { get; set; }

    /// <summary>How long it may take.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>For a call that a push message answers: the message's kind, as <c>subscribe</c>.</summary>
    public string? Confirmation { get; init; }

    /// <summary>Takes the next reply, and its ownership.</summary>
    /// <returns>Whether it was the last.</returns>
    public bool Take(RespReply reply)
    {
        if (reply.Type is RespType.Error or RespType.BulkError)
            _error ??= reply.Read().ReadError();
        if (--_missing == 0 && _error is null && TrySetResult(reply))
            return true;
        reply.Dispose();
        if (_missing > 0)
            return false;
        if (_error is not null)
            TrySetException(_error);
        return true;
    }
}
