using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Curlew;

/// <summary>How a stream learns that its client has left.</summary>
internal static class RequestLifetime
{
    /// <summary>
    /// A token that is cancelled when the client has left. Over HTTP/1.1 a request is aborted by the end of its connection, whose token there is already;
    /// one for the request the server would make, and keep for as long as the stream lasts.
    /// </summary>
    public static CancellationToken ClientLeft(HttpContext context) =>
        InlineSendWriter.IsServers(context) && HttpProtocol.IsHttp11(context.Request.Protocol) && context.Features.Get<IConnectionLifetimeFeature>() is { } connection
            ? connection.ConnectionClosed
            : context.RequestAborted;
}
