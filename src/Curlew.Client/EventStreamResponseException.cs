using System.Net;

namespace Curlew.Client;

/// <summary>A server answered, but not with an event stream.</summary>
public sealed class EventStreamResponseException : Exception
{
    /// <summary>The most bytes of an answer's body that <see cref="Body"/> is made of: 1024.</summary>
    public const int MaxBodyBytes = 1024;

    internal EventStreamResponseException(string message, HttpStatusCode status, string? contentType, string body, TimeSpan? retryAfter)
        : base(message) => (StatusCode, ContentType, Body, RetryAfter) = (status, contentType, body, retryAfter);

    /// <summary>The answer's status.</summary>
    public HttpStatusCode StatusCode { get; }

    /// <summary>The answer's <c>Content-Type</c> as it was sent; <see langword="null"/> where there was none.</summary>
    public string? ContentType { get; }

    /// <summary>The start of the answer's body, at most <see cref="MaxBodyBytes"/> bytes read as UTF-8. It comes from outside: mind where it is shown.</summary>
    public string Body { get; }

    /// <summary>How long the server asked to wait with <c>Retry-After</c>; <see langword="null"/> where it did not.</summary>
    public TimeSpan? RetryAfter { get; }
}
