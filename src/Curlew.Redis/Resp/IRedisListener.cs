namespace Curlew.Redis.Resp;

/// <summary>
/// Hears what is published to a channel. Called by the connection's own reader, one call at a time, so a call must not block: while it runs, no other
/// channel of the connection is heard.
/// </summary>
internal interface IRedisListener
{
    /// <summary>A message came. What this throws is logged; the other two must not throw.</summary>
    /// <param name="message">Valid during the call.</param>
    void OnMessage(ReadOnlySpan<byte> message);

    /// <summary>The connection was lost; what is published from now on is not heard.</summary>
    void OnInterrupted();

    /// <summary>The channel is subscribed again. What was published between is gone.</summary>
    void OnResumed();
}
