using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Curlew;

/// <summary>The head of a response that is an event stream, and what keeps middleware, proxies and the server from holding it up or ending it.</summary>
internal static class EventStreamResponse
{
    public const string ContentType = "text/event-stream";

    /// <summary>What an endpoint says that a stream must be spared: a deadline for the request, and a cache that would make a second client wait for the first one's end.</summary>
    public static object[] Metadata { get; } = [new DisableRequestTimeoutAttribute(), new OutputCacheAttribute { NoStore = true }];

    public static void WriteHead(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentType = ContentType;
        headers.CacheControl = "no-store, no-transform";
        headers["X-Accel-Buffering"] = "no";
        headers.XContentTypeOptions = "nosniff";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        // Where the endpoint's metadata does not say so, as with a handler that returns IResult.
        if (context.Features.Get<IOutputCacheFeature>() is { } cache)
            cache.Context.AllowCacheStorage = false;
        // Its deadline adds up over the life of a stream; the write timeout is the judge of slow clients.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
    }

    /// <summary>With the status and the headers that the application has chosen.</summary>
    public static void WriteHead(HttpContext context, EventStreamOptions options)
    {
        WriteHead(context);
        context.Response.StatusCode = options.StatusCode;
        foreach (var (name, value) in options.Headers)
            context.Response.Headers[name] = value;
    }
}
