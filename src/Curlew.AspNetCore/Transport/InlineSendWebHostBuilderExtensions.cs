using Curlew;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Makes Kestrel send inline.</summary>
public static class InlineSendWebHostBuilderExtensions
{
    /// <summary>
    /// Puts a transport over sockets under Kestrel in which a flush sends from the thread that asks for it, and only what the kernel does not take at once is
    /// left to a loop. Streams of a hub then cost less for each delivery, and less memory while they are idle; other responses gain a little too. Over HTTP/1.1
    /// without TLS events also pass by the server's own framing of the response.
    /// </summary>
    /// <remarks>
    /// It holds for every endpoint of the server: TCP, Unix domain sockets, and handles. Streams work the same without it.
    /// <see cref="Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets.SocketTransportOptions"/> hold for it, but for <c>MaxWriteBufferSize</c> and <c>IOQueueCount</c>.
    /// </remarks>
    /// <param name="builder">The web host.</param>
    /// <returns>The web host.</returns>
    public static IWebHostBuilder UseInlineSends(this IWebHostBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        // The last one that can bind an address does; one that can bind no other kind, such as named pipes, stays.
        return builder.ConfigureServices(static services => services.AddSingleton<IConnectionListenerFactory, InlineSendTransportFactory>());
    }
}
