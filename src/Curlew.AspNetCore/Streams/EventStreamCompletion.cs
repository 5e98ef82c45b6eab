using Microsoft.AspNetCore.Http;

namespace Curlew;

/// <summary>How a stream ended, for <see cref="EventStreamOptions.OnCompleted"/>.</summary>
/// <param name="httpContext">The request. It may be aborted.</param>
/// <param name="reason">Why the stream ended.</param>
/// <param name="exception">What the source threw.</param>
public sealed class EventStreamCompletion(HttpContext httpContext, CloseReason reason, Exception? exception = null)
{
    /// <summary>The request, whose client may be gone.</summary>
    public HttpContext HttpContext { get; } = httpContext;

    /// <summary>Why the stream ended.</summary>
    public CloseReason Reason { get; } = reason;

    /// <summary>What the source threw, where the reason is <see cref="CloseReason.Failed"/>.</summary>
    public Exception? Exception { get; } = exception;
}
