namespace Curlew.Client;

/// <summary>The states of an <see cref="EventSource"/>, those of <c>readyState</c> in the WHATWG standard.</summary>
public enum EventSourceState
{
    /// <summary>Not connected: nobody has begun to read yet, or a connection is being made, or waited for after a failure.</summary>
    Connecting,

    /// <summary>The server has answered with an event stream.</summary>
    Open,

    /// <summary>
    /// Nobody reads any more: the server answered 204, the last failure was final, the reader stopped, or the source was disposed.
    /// </summary>
    Closed,
}
