using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;

namespace Curlew;

/// <summary>
/// A response's body, as chunks of HTTP/1.1 written to its connection. It takes the place of the server's own writer once that has sent the head; the last
/// chunk is the server's, when the request ends.
/// </summary>
internal sealed class ChunkedOutput(InlineSendWriter connection) : PipeWriter
{
    // The one frame that is to be flushed, which is then sent as it lies in memory.
    private Frame? _frame;

    // What is not a frame, rented while there is any.
    private byte[] _chunk = [];
    private int _length;

    /// <summary>Writes a frame, in the chunk that it brings along.</summary>
    public void Write(Frame frame)
    {
        if (_frame is null && _length == 0 && connection.IsEmpty)
        {
            _frame = frame;
            return;
        }

        CloseChunk();
        connection.Write(frame.Chunk);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _chunk.AsMemory(_length);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _chunk.AsSpan(_length);
    }

    public override void Advance(int bytes) => _length += bytes;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_frame is { } frame && _length == 0)
        {
            _frame = null;
            return connection.SendAsync(frame.Chunk, cancellationToken);
        }

        CloseChunk();
        return connection.FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => connection.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => throw new NotSupportedException("The server ends its own response.");

    /// <summary>Passes on what there is, in the order in which it was written.</summary>
    private void CloseChunk()
    {
        if (_frame is { } frame)
            connection.Write(frame.Chunk);
        _frame = null;
        if (_length == 0)
            return;
        Span<byte> head = stackalloc byte[10];
        _length.TryFormat(head, out var digits, "X", CultureInfo.InvariantCulture);
        "\r\n"u8.CopyTo(head[digits..]);
        connection.Write(head[..(digits + 2)]);
        connection.Write(_chunk.AsSpan(0, _length));
        connection.Write("\r\n"u8);
        ArrayPool<byte>.Shared.Return(_chunk);
        (_chunk, _length) = ([], 0);
    }

    private void Reserve(int sizeHint)
    {
        if (_chunk.Length - _length >= Math.Max(1, sizeHint))
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(256, Math.Max(_length * 2, _length + sizeHint)));
        _chunk.AsSpan(0, _length).CopyTo(larger);
        if (_chunk.Length > 0)
            ArrayPool<byte>.Shared.Return(_chunk);
        _chunk = larger;
    }
}
