using Curlew;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Makes Kestrel send inline.</summary>
public static class InlineSendWebHostBuilderExtensions
{
    /// <summary>
    /// Puts a transport under Kestrel that is its own socket transport but for this: a flush sends from the thread that asks for it, and only what the kernel
    /// does not take at once is left to the transport's loop. Streams of a hub then cost less for each delivery; other responses gain a little too. Over
    /// HTTP/1.1 without TLS events also pass by the server's own framing of the response.
    /// </summary>
    /// <remarks>It holds for every endpoint of the server: TCP, Unix domain sockets, and handles. Streams work the same without it.</remarks>
    /// <param name="builder">The web host.</param>
    /// <returns>The web host.</returns>
    public static IWebHostBuilder UseInlineSends(this IWebHostBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        // The last one that can bind an address does; one that can bind no other kind, such as named pipes, stays.
        return builder.ConfigureServices(static services => services.AddSingleton<IConnectionListenerFactory, InlineSendTransportFactory>());
    }
}
