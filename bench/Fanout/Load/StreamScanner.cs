using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Curlew.Bench.Fanout.Load;

/// <summary>
/// Reads a response as it comes, in pieces of any size: its head, its chunks if it has any, and the lines of the event stream. It keeps of an event no
/// more than its stamp, its length, whether it tells of a gap and, if asked, the last id. Single-threaded.
/// </summary>
/// <param name="dataLength">How long the data of each stamped event must be.</param>
/// <param name="deliver">Told of each stamped event at the blank line that ends it.</param>
internal sealed class StreamScanner(int dataLength, Action<Stamp> deliver)
{
    private const int MostHeadBytes = 16 * 1024;
    private const int KeptBytes = 96;

    private readonly byte[] _line = new byte[KeptBytes];
    private ArrayBufferWriter<byte>? _head = new();
    private bool _isChunked;
    private ChunkPart _part = ChunkPart.Size;
    private long _chunkLeft;
    private int _lineLength;
    private Stamp? _stamp;
    private bool _isGap;

    // The last id of complete blocks, and that of the block that is being read.
    private readonly byte[] _lastId = new byte[KeptBytes];
    private readonly byte[] _id = new byte[KeptBytes];
    private int _lastIdLength;
    private int? _idLength;

    private enum ChunkPart
    {
        Size,
        Extension,
        Data,
        End,
    }

    /// <summary>The status of the response; 0 until its head is there.</summary>
    public int Status { get; private set; }

    /// <summary>Whether the response has said that it is over.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Stamped events whose data was not as long as it was sent.</summary>
    public long Corrupt { get; private set; }

    /// <summary>Events that told of a gap.</summary>
    public long Gaps { get; private set; }

    /// <summary>The last id of a complete block, which a client would come back with; kept when <see cref="KeepsId"/>.</summary>
    public string LastId
    {
        get => Encoding.UTF8.GetString(_lastId.AsSpan(0, _lastIdLength));
        init => _lastIdLength = Encoding.UTF8.GetBytes(value, _lastId);
    }

    /// <summary>Whether ids are kept.</summary>
    public bool KeepsId { get; init; }

    /// <summary>Takes the next bytes from the socket.</summary>
    /// <exception cref="InvalidDataException">They are no response.</exception>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        if (_head is not null)
            bytes = ReadHead(bytes);
        if (_isChunked)
            ReadChunks(bytes);
        else
            ReadBody(bytes);
    }

    private ReadOnlySpan<byte> ReadHead(ReadOnlySpan<byte> bytes)
    {
        var before = _head!.WrittenCount;
        _head.Write(bytes);
        var head = _head.WrittenSpan;
        var end = head.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return head.Length <= MostHeadBytes ? [] : throw new InvalidDataException("The head of a response does not end.");

        var text = Encoding.ASCII.GetString(head[..end]);
        if (!text.StartsWith("HTTP/1.", StringComparison.Ordinal) || !Utf8Parser.TryParse(head[9..12], out int status, out _))
            throw new InvalidDataException($"This is no response: {text}");
        _isChunked = text.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase);
        _head = null;
        Status = status;
        return bytes[(end + 4 - before)..];
    }

    private void ReadChunks(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_part == ChunkPart.Data)
            {
                var piece = bytes[..(int)Math.Min(_chunkLeft, bytes.Length)];
                ReadBody(piece);
                bytes = bytes[piece.Length..];
                _chunkLeft -= piece.Length;
                if (_chunkLeft == 0)
                    _part = ChunkPart.End;
                continue;
            }

            var next = bytes[0];
            bytes = bytes[1..];
            if (_part == ChunkPart.End)
            {
                if (next == '\n')
                    _part = ChunkPart.Size;
            }
            else if (next == '\n')
            {
                IsOver |= _chunkLeft == 0;
                _part = IsOver ? ChunkPart.End : ChunkPart.Data;
            }
            else if (_part == ChunkPart.Size)
            {
                if (char.IsAsciiHexDigit((char)next))
                    _chunkLeft = (_chunkLeft * 16) + HexValue(next);
                else
                    _part = ChunkPart.Extension;
            }
        }
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private void ReadBody(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var end = bytes.IndexOf((byte)'\n');
            var piece = end < 0 ? bytes : bytes[..end];
            if (end >= 0 && _lineLength == 0)
            {
                ReadLine(piece, piece.Length);
            }
            else
            {
                if (_lineLength < KeptBytes)
                    piece[..Math.Min(piece.Length, KeptBytes - _lineLength)].CopyTo(_line.AsSpan(_lineLength));
                _lineLength += piece.Length;
                if (end >= 0)
                {
                    ReadLine(_line.AsSpan(0, Math.Min(_lineLength, KeptBytes)), _lineLength);
                    _lineLength = 0;
                }
            }

            if (end < 0)
                return;
            bytes = bytes[(end + 1)..];
        }
    }

    /// <param name="line">The line, or the front of it.</param>
    /// <param name="length">How long it is.</param>
    private void ReadLine(ReadOnlySpan<byte> line, int length)
    {
        if (length == 0)
        {
            EndBlock();
        }
        else if (line.StartsWith("data:"u8))
        {
            var start = line.Length > 5 && line[5] == ' ' ? 6 : 5;
            if (!Stamp.TryRead(line[start..], out var stamp))
                return;
            // A second stamp in one event is two events run together.
            if (_stamp is not null || length - start != dataLength)
                Corrupt++;
            _stamp = stamp;
        }
        else if (KeepsId && line.StartsWith("id:"u8))
        {
            var id = line[3..].TrimStart((byte)' ');
            id.CopyTo(_id);
            _idLength = id.Length;
        }
        else if (line.StartsWith("event:"u8))
        {
            _isGap = line[6..].TrimStart((byte)' ').SequenceEqual("gap"u8);
        }
    }

    private void EndBlock()
    {
        // A block that is cut before its blank line commits no id, as it gives no event.
        if (_idLength is { } length)
        {
            _id.AsSpan(0, length).CopyTo(_lastId);
            _lastIdLength = length;
            _idLength = null;
        }

        Gaps += _isGap ? 1 : 0;
        _isGap = false;
        var stamp = _stamp;
        _stamp = null;
        if (stamp is { } told)
            deliver(told);
    }
}
