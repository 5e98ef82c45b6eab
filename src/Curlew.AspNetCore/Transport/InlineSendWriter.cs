using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Curlew;

/// <summary>
/// The output of a connection. A flush tries to send from the thread that asks for it, and gives what the kernel does not take to a pipe, through which
/// everything goes until that is empty. A connection whose client always keeps up never has one.
/// </summary>
/// <remarks>As with any pipe writer one thread writes at a time, and the next flush begins when the last one has ended.</remarks>
/// <param name="socket">The connection's socket, non-blocking.</param>
/// <param name="overflow">What the kernel does not take.</param>
internal sealed class InlineSendWriter(Socket socket, IOverflow overflow) : PipeWriter
{
    private const int MinBufferBytes = 4096;

    // Rented while there is something to flush, so that an idle connection owns none.
    private byte[] _buffer = [];
    private int _buffered;

    // Opened by the writing thread, when it is first needed.
    private volatile PipeWriter? _pipe;
    private volatile bool _isCanceled;

    // Whether bytes go to the pipe, which is there then. Changed by the writing thread alone, and only where it begins to write or flushes: memory is advanced where it was got.
    private bool _isPiped;
    private int _pipeFlushes;
    private bool _isCompleted;

    // Which flush of the pipe was the last to end well. Written by the thread on which it ends.
    private volatile int _drainedByFlush;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _isPiped ? _pipe!.UnflushedBytes : _buffered;

    /// <summary>Whether there is nothing that has yet to be sent: what comes next may be sent at once.</summary>
    public bool IsEmpty => _buffered == 0 && !IsPiped();

    /// <summary>Whether a response's body is the server's own, with nothing in between that compresses or records it.</summary>
    public static bool IsServers(HttpContext context) =>
        // The server's request is one object behind all of its features; a body that middleware put in its place is another.
        ReferenceEquals(context.Features.Get<IHttpResponseBodyFeature>(), context.Features.Get<IHttpRequestLifetimeFeature>());

    /// <summary>
    /// The connection under a response, where bytes written to it are what writing to the response would come to, but for the chunks' framing: HTTP/1.1 without
    /// TLS, on this transport, whose body is the server's own and has begun.
    /// </summary>
    public static InlineSendWriter? Under(HttpContext context)
    {
        return IsServers(context) && HttpProtocol.IsHttp11(context.Request.Protocol) && context.Response.Headers.TransferEncoding == "chunked"
            ? context.Features.Get<IConnectionTransportFeature>()?.Transport.Output as InlineSendWriter
            : null;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (IsPiped())
            return _pipe!.GetMemory(sizeHint);
        Reserve(sizeHint);
        return _buffer.AsMemory(_buffered);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        if (IsPiped())
            return _pipe!.GetSpan(sizeHint);
        Reserve(sizeHint);
        return _buffer.AsSpan(_buffered);
    }

    public override void Advance(int bytes)
    {
        if (_isPiped)
            _pipe!.Advance(bytes);
        else
            _buffered += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_isPiped)
            return FlushPipeAsync(cancellationToken);
        if (_buffered == 0)
            return new(new FlushResult(isCanceled: false, isCompleted: false));
        var flush = SendAsync(_buffer.AsSpan(0, _buffered), cancellationToken);
        // What was not sent is in the pipe.
        ReturnBuffer();
        return flush;
    }

    /// <summary>Sends bytes that are not kept beyond this call; while <see cref="IsEmpty"/>.</summary>
    public ValueTask<FlushResult> SendAsync(ReadOnlySpan<byte> bytes, CancellationToken cancellationToken = default)
    {
        int sent;
        try
        {
            sent = socket.Send(bytes, SocketFlags.None, out var error);
            if (error is not (SocketError.Success or SocketError.WouldBlock))
                return new(new FlushResult(isCanceled: false, isCompleted: true));
        }
        catch (ObjectDisposedException)
        {
            return new(new FlushResult(isCanceled: false, isCompleted: true));
        }

        if (sent == bytes.Length)
            return new(new FlushResult(isCanceled: false, isCompleted: false));
        _isPiped = true;
        OpenPipe().Write(bytes[Math.Max(0, sent)..]);
        return FlushPipeAsync(cancellationToken);
    }

    public override void CancelPendingFlush()
    {
        // Either this sees the pipe, or who opens it sees this.
        _isCanceled = true;
        Interlocked.MemoryBarrier();
        _pipe?.CancelPendingFlush();
    }

    public override void Complete(Exception? exception = null)
    {
        if (_isCompleted)
            return;
        _isCompleted = true;
        if (_buffered > 0)
            OpenPipe().Write(_buffer.AsSpan(0, _buffered));
        ReturnBuffer();
        if (_pipe is { } pipe)
            pipe.Complete(exception);
        else
            overflow.Complete(exception);
    }

    private PipeWriter OpenPipe()
    {
        if (_pipe is { } opened)
            return opened;
        var pipe = overflow.Open();
        _pipe = pipe;
        Interlocked.MemoryBarrier();
        if (_isCanceled)
            pipe.CancelPendingFlush();
        return pipe;
    }

    private async ValueTask<FlushResult> FlushPipeAsync(CancellationToken cancellationToken)
    {
        var flush = ++_pipeFlushes;
        var result = await _pipe!.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (result is { IsCanceled: false, IsCompleted: false })
            _drainedByFlush = flush;
        return result;
    }

    private bool IsPiped()
    {
        // A server may write on while its flush is pending; then the pipe is not empty when that ends.
        if (_isPiped && _drainedByFlush == _pipeFlushes && _pipe!.UnflushedBytes == 0)
            _isPiped = false;
        return _isPiped;
    }

    private void Reserve(int sizeHint)
    {
        if (_buffer.Length - _buffered >= Math.Max(1, sizeHint))
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(MinBufferBytes, Math.Max(_buffered * 2, _buffered + sizeHint)));
        _buffer.AsSpan(0, _buffered).CopyTo(larger);
        var buffered = _buffered;
        ReturnBuffer();
        (_buffer, _buffered) = (larger, buffered);
    }

    private void ReturnBuffer()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _buffered) = ([], 0);
    }
}
