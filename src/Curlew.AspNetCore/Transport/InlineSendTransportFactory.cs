using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>A transport over sockets for Kestrel, with the options of its own.</summary>
internal sealed class InlineSendTransportFactory(IOptions<SocketTransportOptions> options, ILoggerFactory loggers, IMemoryPoolFactory<byte>? memory = null)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly ILogger _logger = loggers.CreateLogger("Curlew.Transport");

    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint or UnixDomainSocketEndPoint or FileHandleEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? socket = null;
        try
        {
            socket = options.Value.CreateBoundListenSocket(endpoint);
            socket.Listen(options.Value.Backlog);
            var listener = new Listener(socket, new(options.Value, memory?.Create(new() { Owner = "kestrel" }) ?? MemoryPool<byte>.Shared, _logger));
            socket = null;
            return new(listener);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(e.Message, e);
        }
        finally
        {
            socket?.Dispose();
        }
    }

    private sealed class Listener(Socket socket, InlineSendTransport transport) : IConnectionListener
    {
        // How long to wait where the system has no more sockets: until someone leaves, but nobody says so.
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

        public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            for (var isShort = false; ;)
            {
                try
                {
                    var client = await socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                    if (Open(client) is { } connection)
                        return connection;
                }
                catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
                {
                    return null;
                }
                catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
                {
                    if (!isShort)
                        Log.NoMoreSockets(transport.Logger, EndPoint, e.Message);
                    isShort = true;
                    await Task.Delay(Pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
                }
                catch (SocketException)
                {
                    // A client that left before it was its turn.
                }
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            transport.Dispose();
            return ValueTask.CompletedTask;
        }

        private InlineSendConnection? Open(Socket client)
        {
            try
            {
                if (client.LocalEndPoint is IPEndPoint)
                    client.NoDelay = transport.Options.NoDelay;
                var connection = new InlineSendConnection(client, transport);
                connection.Start();
                return connection;
            }
            catch (SocketException)
            {
                // It has left already.
                client.Dispose();
                return null;
            }
        }
    }
}
