using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Curlew.Micro;

/// <summary>
/// A request as the server has it, one object behind its features, whose response nobody reads: its body is thrown away, and its connection is a socket of
/// datagrams, which the kernel throws away.
/// </summary>
internal sealed class DiscardedResponse : IHttpResponseBodyFeature, IHttpRequestLifetimeFeature, IConnectionTransportFeature, IDuplexPipe
{
    private DiscardedResponse(PipeWriter connection) => Output = connection;

    public Stream Stream => Stream.Null;

    public PipeWriter Writer { get; } = new NullWriter();

    public CancellationToken RequestAborted { get; set; }

    public IDuplexPipe Transport
    {
        get => this;
        set => throw new NotSupportedException();
    }

    public PipeReader Input => throw new NotSupportedException();

    public PipeWriter Output { get; }

    /// <summary>A connected socket, and the one that it sends to, whose bytes nobody takes.</summary>
    public static (Socket Sender, Socket Receiver) CreateSockets()
    {
        var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        sender.Connect(receiver.LocalEndPoint!);
        return (sender, receiver);
    }

    /// <summary>The context of a request whose response has begun.</summary>
    /// <param name="socket">The connection, for a stream that may write to it.</param>
    public static HttpContext Begin(Socket? socket)
    {
        var response = new DiscardedResponse(socket is null ? new NullWriter() : new InlineSendWriter(socket, new NullOverflow()));
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(response);
        context.Features.Set<IHttpRequestLifetimeFeature>(response);
        context.Features.Set<IConnectionTransportFeature>(response);
        context.Request.Protocol = HttpProtocol.Http11;
        context.Response.Headers.TransferEncoding = "chunked";
        return context;
    }

    public void Abort()
    {
    }

    public void DisableBuffering()
    {
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task CompleteAsync() => Task.CompletedTask;

    private sealed class NullOverflow : IOverflow
    {
        public PipeWriter Open() => new NullWriter();

        public void Complete(Exception? exception)
        {
        }
    }

    private sealed class NullWriter : PipeWriter
    {
        private readonly byte[] _buffer = new byte[4096];

        public override void Advance(int bytes)
        {
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

        public override Span<byte> GetSpan(int sizeHint = 0) => _buffer;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
