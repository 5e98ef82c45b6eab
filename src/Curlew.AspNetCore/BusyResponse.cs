namespace Curlew;

/// <summary>How a client is refused when a limit is reached or the server is stopping: things that time heals.</summary>
public enum BusyResponse
{
    /// <summary>With 429 or 503 and <c>Retry-After</c>. A browser's <c>EventSource</c> gives up for good on any status but 200.</summary>
    Status,

    /// <summary>With 200 and a stream that holds nothing but a long <c>retry:</c> and ends, after which an <c>EventSource</c> tries again by itself.</summary>
    Retry,
}
