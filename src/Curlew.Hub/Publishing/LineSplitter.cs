using System.Buffers;

namespace Curlew.Hub.Publishing;

/// <summary>Cuts bytes into lines. LF and CRLF end a line; a CR by itself is data.</summary>
internal static class LineSplitter
{
    /// <summary>Takes the next line, without its end, off the front of <paramref name="buffer"/>.</summary>
    /// <param name="buffer">What was read and not yet taken.</param>
    /// <param name="isCompleted">Whether nothing follows: what is left is then the last line, unless it is empty.</param>
    /// <param name="line">Valid as long as the buffer is.</param>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, bool isCompleted, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = WithoutLastCarriageReturn(buffer.Slice(0, end));
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }

        if (isCompleted && !buffer.IsEmpty)
        {
            line = buffer;
            buffer = buffer.Slice(buffer.End);
            return true;
        }

        line = default;
        return false;
    }

    private static ReadOnlySequence<byte> WithoutLastCarriageReturn(ReadOnlySequence<byte> line)
    {
        if (line.IsEmpty)
            return line;
        var last = line.Slice(line.Length - 1);
        return last.FirstSpan[0] == (byte)'\r' ? line.Slice(0, last.Start) : line;
    }
}
