using Microsoft.AspNetCore.Http;

namespace Curlew;

/// <summary>How one stream is sent. Immutable but for <see cref="Headers"/>, so that one instance may serve many requests.</summary>
public sealed class EventStreamOptions
{
    internal static EventStreamOptions Default { get; } = new();

    /// <summary>The response's status. Default: 200; a browser's <c>EventSource</c> takes no other.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 200 to 599, or is one that has no body: 204, 205 or 304.</exception>
    public int StatusCode
    {
        get;
        init => field = value is >= 200 and <= 599 and not (204 or 205 or 304)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The status of an event stream must be from 200 to 599, and one that has a body.");
    }
    = StatusCodes.Status200OK;

    /// <summary>Headers of the response, set after those of an event stream. Default: none.</summary>
    public IHeaderDictionary Headers { get; } = new HeaderDictionary();

    /// <summary>
    /// How long the stream may be silent before a comment is sent. Default: <see cref="CurlewOptions.KeepAlive"/>; at least 100 ms, or
    /// <see cref="Timeout.InfiniteTimeSpan"/> for none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 100 ms.</exception>
    public TimeSpan? KeepAlive
    {
        get;
        init => field = value == Timeout.InfiniteTimeSpan || value is null || value >= CurlewOptions.MinInterval
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"A keep-alive interval must be at least {CurlewOptions.MinInterval}, or infinite.");
    }

    /// <summary>
    /// How long the client waits before it reconnects (<c>retry:</c>), as the first block says. Default: <see cref="CurlewOptions.ReconnectDelay"/>, varied
    /// by a third either way. <see cref="Timeout.InfiniteTimeSpan"/> for no <c>retry:</c> at all, neither first nor last: some readers that cannot reconnect,
    /// as the clients of language models are, take a block without data for an event. The first block is then a comment.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, and not infinite.</exception>
    public TimeSpan? ReconnectDelay
    {
        get;
        init => field = value == Timeout.InfiniteTimeSpan || value is null || value >= TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A reconnection time cannot be negative, unless it is infinite.");
    }

    /// <summary>
    /// How long the stream may last, to within a second or a quarter of it, before it is ended with a <c>retry:</c>. Default: no limit;
    /// <see cref="CurlewOptions.MaxConnectionAge"/> is not for these streams.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public TimeSpan? MaxDuration
    {
        get;
        init => field = value is null || value > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The longest duration of a stream must be positive.");
    }

    /// <summary>
    /// Whether the client is told by an event of type <c>stream-error</c> that the source threw, without a word of what. Default: <see langword="true"/>.
    /// The exception is logged either way.
    /// </summary>
    public bool SendErrorEvent { get; init; } = true;

    /// <summary>When what the source gives is sent. Default: <see cref="EventStreamFlush.ReadyEvents"/>.</summary>
    public EventStreamFlush Flush { get; init; }

    /// <summary>
    /// Whether the source is read to its end first and then sent in one response with a <c>Content-Length</c>, held in memory meanwhile. Default:
    /// <see langword="false"/>. A source that throws is then an exception of the request, which has no answer yet. <see cref="MaxDuration"/> bounds how long
    /// is collected.
    /// </summary>
    public bool Buffered { get; init; }

    /// <summary>
    /// Called once for every request, when its stream has ended and its source has been disposed, also where the client vanished, the host stops or the
    /// request was refused. A source that does not heed its token is waited for one second at the most. What it throws is logged. Default: nothing.
    /// </summary>
    public Func<EventStreamCompletion, Task>? OnCompleted { get; init; }
}
