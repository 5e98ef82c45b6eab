using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Curlew;

/// <summary>
/// A connection of the server. What comes in is read ahead into a pipe, so that a client's leaving is noticed while nobody reads; what goes out is sent by
/// whoever flushes.
/// </summary>
/// <remarks>An idle one owns a pipe without memory, one loop that waits to receive, and no sender.</remarks>
internal sealed partial class InlineSendConnection : ConnectionContext, IDuplexPipe, IOverflow
{
    // Less is not worth a call; beyond this there is another block of the pool.
    private const int MinReceiveBytes = 2048;

    // How often something has to have come in before a connection is new no more: enough for a TLS handshake and the first request.
    private const int FirstArrivals = 3;

    private static long s_lastId = TimeProvider.System.GetUtcNow().Ticks;

    private readonly Socket _socket;
    private readonly InlineSendTransport _transport;
    private readonly Pipe _input;
    private readonly InlineSendWriter _output;
    private readonly CancellationTokenSource _closed = new();
    private Task _receiving = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;

    // Why the server closed the connection, once it has; set by the first who does.
    private Exception? _closeReason;

    /// <param name="socket">The client's.</param>
    /// <param name="transport">What it has in common with others.</param>
    public InlineSendConnection(Socket socket, InlineSendTransport transport)
    {
        (_socket, _transport) = (socket, transport);
        // A send that the kernel does not take whole says so, rather than wait.
        socket.Blocking = false;
        _output = new(socket, this);
        _input = new(transport.InputOptions);
        Transport = this;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
    }

    PipeReader IDuplexPipe.Input => _input.Reader;

    PipeWriter IDuplexPipe.Output => _output;

    /// <summary>Begins to receive.</summary>
    public void Start() => _receiving = ReceiveAsync();

    /// <summary>Closes the connection now. Whoever sends or receives finds out.</summary>
    public override void Abort(ConnectionAbortedException abortReason) => Close(abortReason);

    /// <summary>Ends both directions, once what was written has gone.</summary>
    public override async ValueTask DisposeAsync()
    {
        await _input.Reader.CompleteAsync().ConfigureAwait(false);
        await _output.CompleteAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    PipeWriter IOverflow.Open()
    {
        var overflow = new Pipe(_transport.OverflowOptions);
        _sending = SendAsync(overflow.Reader);
        return overflow.Writer;
    }

    void IOverflow.Complete(Exception? exception) => Close(exception);

    private async Task ReceiveAsync()
    {
        Exception? error = null;
        try
        {
            for (var arrivals = 0; ; arrivals = Math.Min(arrivals + 1, FirstArrivals))
            {
                var newcomers = arrivals < FirstArrivals ? _transport.Arrivals : null;
                if (newcomers is not null || _transport.Options.WaitForDataBeforeAllocatingBuffer)
                    await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
                if (newcomers is not null)
                    await newcomers.WaitForTurnAsync().ConfigureAwait(false);
                var count = await _socket.ReceiveAsync(_input.Writer.GetMemory(MinReceiveBytes), SocketFlags.None).ConfigureAwait(false);
                if (count == 0)
                    break;
                _input.Writer.Advance(count);
                var flush = await _input.Writer.FlushAsync().ConfigureAwait(false);
                if (flush.IsCompleted || flush.IsCanceled)
                    break;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            error = ReasonOf(e);
        }

        // Who closed the connection knows better why nothing comes than the socket does.
        await _input.Writer.CompleteAsync(Volatile.Read(ref _closeReason) ?? error).ConfigureAwait(false);
        try
        {
            // In the thread pool: whoever waits for this may take his time, and here others wait to receive.
            await _closed.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException e)
        {
            Log.ConnectionClosedFailed(_transport.Logger, ConnectionId, e);
        }
    }

    private async Task SendAsync(PipeReader overflow)
    {
        Exception? error = null;
        try
        {
            while (true)
            {
                var read = await overflow.ReadAsync().ConfigureAwait(false);
                foreach (var segment in read.Buffer)
                {
                    for (var rest = segment; !rest.IsEmpty;)
                        rest = rest[await _socket.SendAsync(rest, SocketFlags.None).ConfigureAwait(false)..];
                }

                overflow.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    break;
            }
        }
        catch (Exception e)
        {
            // Also that of a writer who gives up.
            error = ReasonOf(e);
        }

        Close(error);
        // Not with the error: whoever flushes is told that nobody reads any more.
        await overflow.CompleteAsync().ConfigureAwait(false);
        // What comes in may wait for room.
        _input.Writer.CancelPendingFlush();
    }

    /// <summary>As the server knows it: a client that has left is nothing to complain of.</summary>
    private static Exception ReasonOf(Exception fault) =>
        fault is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted }
            ? new ConnectionResetException(fault.Message, fault)
            : fault;

    private void Close(Exception? reason)
    {
        if (Interlocked.CompareExchange(ref _closeReason, reason ?? new ConnectionAbortedException("The server has closed the connection."), null) is not null)
            return;
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The client has left already.
        }

        _socket.Dispose();
    }
}
