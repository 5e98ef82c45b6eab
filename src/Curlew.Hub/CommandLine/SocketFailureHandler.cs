using System.Net.Sockets;

namespace Curlew.Hub.CommandLine;

/// <summary>
/// The platform's handler lets a bare <see cref="SocketException"/> out when a connection is reset between being made and being used: it asks the
/// socket for its remote address, which is gone by then. To callers that is a connection that failed, as any other.
/// </summary>
internal sealed class SocketFailureHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (SocketException failure)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, failure.Message, failure);
        }
    }
}
