using System.Buffers;
using System.Buffers.Text;

namespace Curlew.Redis.Resp;

/// <summary>
/// Finds where a reply ends in bytes that come in chunks of any size, and checks all of it on the way: what <see cref="TryRead"/> gives is well-formed.
/// Each byte of a payload is looked at once, however it was chunked. Not thread-safe; of no more use after it has thrown.
/// </summary>
/// <remarks>
/// Strict: a line ends with CRLF and holds no other CR or LF, numbers are plain. Streamed aggregates and strings (<c>$?</c>), which no Redis sends,
/// are refused. A length or count that the limits do not allow is refused when it is announced, not when it has come.
/// </remarks>
internal sealed class RespScanner(RespLimits limits)
{
    // The shortest element, for what an announced count needs at least: "+" and a line end.
    private const int MinElementBytes = 3;
    private const int MaxNumberBytes = 512;

    // How many elements each open aggregate still lacks.
    private readonly long[] _open = new long[limits.MaxDepth];
    private int _depth;

    // How much of the current reply has been understood.
    private long _scanned;

    // What is missing of a string's bytes before its line end; -1 outside a string.
    private long _stringRest = -1;

    /// <summary>Takes one whole reply from the front of the input, if it is there.</summary>
    /// <param name="input">All that came and was not taken yet. Only moved when there is a reply.</param>
    /// <param name="reply">The reply, a copy in pooled memory that the caller owns.</param>
    /// <returns>Whether there is one. If not, call again with more.</returns>
    /// <exception cref="RespProtocolException">What came is no RESP, or too much.</exception>
    public bool TryRead(ref ReadOnlySequence<byte> input, out RespReply reply)
    {
        var reader = new SequenceReader<byte>(input.Slice(_scanned));
        var before = _scanned;
        while (TryReadElement(ref reader, out var isComplete))
        {
            _scanned = before + reader.Consumed;
            CheckSize();
            if (!isComplete || !CloseAggregates())
                continue;
            reply = RespReply.Copy(input.Slice(0, _scanned));
            input = input.Slice(_scanned);
            _scanned = 0;
            return true;
        }

        _scanned = before + reader.Consumed;
        reply = null!;
        return false;
    }

    /// <summary>Reads a header, or the rest of a string.</summary>
    /// <param name="reader">The input; moved past what is understood.</param>
    /// <param name="isComplete">Whether an element ends here; false after the header of an aggregate that is not empty, or of a string.</param>
    /// <returns>Whether anything could be read.</returns>
    private bool TryReadElement(ref SequenceReader<byte> reader, out bool isComplete)
    {
        isComplete = true;
        if (_stringRest >= 0)
            return TryReadString(ref reader);
        if (!reader.TryPeek(out var first))
            return false;
        var type = (RespType)first;
        if (!IsKnown(type))
            throw new RespProtocolException($"No reply begins with the byte 0x{first:x2}.");
        if (!TryReadLine(ref reader, out var line))
            return false;
        line = line.Slice(1);
        switch (type)
        {
            case RespType.SimpleString or RespType.Error:
                return true;
            case RespType.BulkString or RespType.BulkError or RespType.VerbatimString:
                var length = ReadLength(line, isNullable: type == RespType.BulkString);
                if (type == RespType.VerbatimString && length < 4)
                    throw new RespProtocolException("A verbatim string begins with its format and a colon.");
                _stringRest = length;
                isComplete = length < 0;
                return true;
            case RespType.Array or RespType.Set or RespType.Push or RespType.Map or RespType.Attribute:
                var count = ReadLength(line, isNullable: type == RespType.Array);
                if (type is RespType.Map or RespType.Attribute)
                    count *= 2;
                // An attribute stands before the value it describes, in the place of one element.
                if (type == RespType.Attribute)
                    count++;
                isComplete = count <= 0;
                if (type == RespType.Push && (_depth > 0 || count < 1))
                    throw new RespProtocolException("A push has a kind and is not a part of a reply.");
                if (!isComplete)
                    Open(count);
                return true;
            default:
                CheckScalar(type, line);
                return true;
        }
    }

    private bool TryReadString(ref SequenceReader<byte> reader)
    {
        var taken = Math.Min(_stringRest, reader.Remaining);
        reader.Advance(taken);
        _stringRest -= taken;
        if (_stringRest > 0 || reader.Remaining < 2)
            return false;
        if (!reader.IsNext("\r\n"u8, advancePast: true))
            throw new RespProtocolException("A string is longer than it was said to be.");
        _stringRest = -1;
        return true;
    }

    private static bool TryReadLine(ref SequenceReader<byte> reader, out ReadOnlySequence<byte> line)
    {
        var start = reader;
        if (reader.TryReadToAny(out line, "\r\n"u8, advancePastDelimiter: false))
        {
            if (line.Length > RespLimits.MaxLineBytes)
                ThrowLineTooLong();
            reader.TryPeek(out var end);
            if (end == '\n')
                throw new RespProtocolException("A line ends with LF alone.");
            if (reader.Remaining >= 2)
                return reader.IsNext("\r\n"u8, advancePast: true) ? true : throw new RespProtocolException("A line ends with CR alone.");
        }
        else if (start.Remaining > RespLimits.MaxLineBytes)
        {
            ThrowLineTooLong();
        }

        reader = start;
        return false;
    }

    private static void ThrowLineTooLong() => throw new RespProtocolException($"A line is longer than {RespLimits.MaxLineBytes} bytes.");

    /// <summary>Ends the element that was read, and with it the aggregates of which it is the last. True at the end of the reply.</summary>
    private bool CloseAggregates()
    {
        while (_depth > 0)
        {
            if (--_open[_depth - 1] > 0)
                return false;
            _depth--;
        }

        return true;
    }

    private void Open(long count)
    {
        if (_depth == _open.Length)
            throw new RespProtocolException($"A reply nests more than {limits.MaxDepth} deep.");
        if (count > limits.MaxReplyBytes / MinElementBytes)
            ThrowTooLarge();
        _open[_depth++] = count;
    }

    private void CheckSize()
    {
        if (_scanned + (_stringRest < 0 ? 0 : _stringRest + 2) > limits.MaxReplyBytes)
            ThrowTooLarge();
    }

    private void ThrowTooLarge() => throw new RespProtocolException($"A reply is larger than {limits.MaxReplyBytes} bytes.");

    private static bool IsKnown(RespType type) => type is RespType.SimpleString or RespType.Error or RespType.Integer or RespType.BulkString
        or RespType.Array or RespType.Null or RespType.Double or RespType.Boolean or RespType.BulkError or RespType.VerbatimString
        or RespType.BigNumber or RespType.Map or RespType.Set or RespType.Attribute or RespType.Push;

    private static long ReadLength(in ReadOnlySequence<byte> line, bool isNullable)
    {
        Span<byte> digits = stackalloc byte[20];
        if (line.Length is > 0 and <= 18)
        {
            digits = digits[..(int)line.Length];
            line.CopyTo(digits);
            if (!digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') && Utf8Parser.TryParse(digits, out long length, out var used) && used == digits.Length)
                return length;
            if (isNullable && digits.SequenceEqual("-1"u8))
                return -1;
        }

        throw new RespProtocolException("A length is no number.");
    }

    private static void CheckScalar(RespType type, in ReadOnlySequence<byte> line)
    {
        if (line.Length <= MaxNumberBytes)
        {
            Span<byte> buffer = stackalloc byte[MaxNumberBytes];
            var text = buffer[..(int)line.Length];
            line.CopyTo(text);
            var isValid = type switch
            {
                RespType.Null => text.IsEmpty,
                RespType.Boolean => text is [(byte)'t' or (byte)'f'],
                RespType.Integer => RespReader.TryParseInteger(text, out _),
                RespType.Double => text.SequenceEqual("inf"u8) || text.SequenceEqual("-inf"u8) || text.SequenceEqual("nan"u8)
                    || (Utf8Parser.TryParse(text, out double _, out var used) && used == text.Length),
                _ => text.TrimStart((byte)'-') is { IsEmpty: false } digits && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'),
            };
            if (isValid)
                return;
        }

        throw new RespProtocolException($"A value of type {type} is malformed.");
    }
}
