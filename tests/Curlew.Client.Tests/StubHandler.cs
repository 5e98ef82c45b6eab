using System.Net;
using System.Net.Http.Headers;

namespace Curlew.Client.Tests;

/// <summary>Answers requests without a network, where a test is about time or about bytes and not about HTTP.</summary>
internal sealed class StubHandler(Func<int, HttpResponseMessage> answer) : HttpMessageHandler
{
    private int _requests;

    public int Requests => Volatile.Read(ref _requests);

    public static HttpResponseMessage EventStream(Stream body) => new(HttpStatusCode.OK)
    {
        Content = new StreamContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("text/event-stream") } },
    };

    public static HttpResponseMessage Status(HttpStatusCode status, TimeSpan? retryAfter = null) => new(status)
    {
        Headers = { RetryAfter = retryAfter is { } time ? new RetryConditionHeaderValue(time) : null },
    };

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = answer(Interlocked.Increment(ref _requests));
        response.RequestMessage = request;
        return Task.FromResult(response);
    }
}
