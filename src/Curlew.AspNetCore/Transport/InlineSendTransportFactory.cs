using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>Kestrel's own socket transport, with connections that send from the thread that flushes.</summary>
internal sealed class InlineSendTransportFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory _sockets;

    public InlineSendTransportFactory(IOptions<SocketTransportOptions> options, ILoggerFactory loggers)
    {
        // A flush of Kestrel's pipe then ends when all of it has gone to the kernel, to the last byte: only then may the next ones pass the pipe by.
        options.Value.MaxWriteBufferSize = 1;
        _sockets = new(options, loggers);
    }

    public bool CanBind(EndPoint endpoint) => _sockets.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await _sockets.BindAsync(endpoint, cancellationToken).ConfigureAwait(false));

    private sealed class Listener(IConnectionListener sockets) : IConnectionListener
    {
        public EndPoint EndPoint => sockets.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            var connection = await sockets.AcceptAsync(cancellationToken).ConfigureAwait(false);
            if (connection?.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
                return connection;
            try
            {
                // A send that the kernel does not take whole says so, rather than wait.
                socket.Blocking = false;
                connection.Transport = new InlineSendPipe(connection.Transport.Input, new InlineSendWriter(socket, connection.Transport.Output));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The client has left already; the server finds out as it does with any other.
            }

            return connection;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => sockets.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => sockets.DisposeAsync();
    }

    private sealed class InlineSendPipe(System.IO.Pipelines.PipeReader input, System.IO.Pipelines.PipeWriter output) : System.IO.Pipelines.IDuplexPipe
    {
        public System.IO.Pipelines.PipeReader Input => input;

        public System.IO.Pipelines.PipeWriter Output => output;
    }
}
