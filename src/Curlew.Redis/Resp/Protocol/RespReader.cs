using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Curlew.Redis.Resp;

/// <summary>
/// Walks over a reply, value by value, without a copy: spans point into the reply. What RESP2 and RESP3 say in different types is read by the
/// same call: a null, a map that is a flat array, a number that is a string.
/// </summary>
/// <remarks>
/// A value of another type than the call asks for is a <see cref="RespProtocolException"/>; an error inside a reply (as in the results of a
/// transaction) is thrown as the <see cref="RedisServerException"/> that it is.
/// </remarks>
internal ref struct RespReader
{
    private ReadOnlySpan<byte> _rest;

    public RespReader(ReadOnlySpan<byte> reply)
    {
        _rest = reply;
        SkipAttributes();
    }

    /// <summary>The type of the next value; <see cref="RespType.None"/> at the end.</summary>
    public readonly RespType Type => _rest switch
    {
        [] => RespType.None,
        [(byte)'$' or (byte)'*', (byte)'-', ..] => RespType.Null,
        [var first, ..] => (RespType)first,
    };

    /// <summary>What has not been read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Takes the next value if it is null.</summary>
    public bool TryReadNull()
    {
        if (Type != RespType.Null)
            return false;
        ReadLine();
        return true;
    }

    /// <summary>Reads the header of an array, set or push, or of a map as a flat array.</summary>
    /// <returns>The number of elements, which are to be read next.</returns>
    public int ReadArray()
    {
        var type = Type;
        if (type is not (RespType.Array or RespType.Set or RespType.Push or RespType.Map))
            throw Unexpected("an array");
        var count = ReadCount();
        return type == RespType.Map ? checked(count * 2) : count;
    }

    /// <summary>Reads the header of a map, or of an array that holds names and values by turns.</summary>
    /// <returns>The number of pairs.</returns>
    public int ReadMap()
    {
        var count = ReadArray();
        return count % 2 == 0 ? count / 2 : throw new RespProtocolException("A map lacks a value.");
    }

    /// <summary>Reads a string or anything else that is one value, as its text.</summary>
    /// <returns>The bytes, valid as long as the reply.</returns>
    public ReadOnlySpan<byte> ReadBytes()
    {
        switch (Type)
        {
            case RespType.SimpleString or RespType.Integer or RespType.Double or RespType.Boolean or RespType.BigNumber:
                return ReadLine();
            case RespType.BulkString:
                return ReadBlob();
            case RespType.VerbatimString:
                return ReadBlob()[4..];
            default:
                throw Unexpected("a string");
        }
    }

    /// <summary>Reads a string; ill-formed UTF-8 becomes U+FFFD.</summary>
    public string ReadString() => Encoding.UTF8.GetString(ReadBytes());

    /// <summary>Reads an integer, or a string that is one.</summary>
    public long ReadInteger()
    {
        if (Type is not (RespType.Integer or RespType.BulkString or RespType.SimpleString))
            throw Unexpected("an integer");
        return TryParseInteger(ReadBytes(), out var value) ? value : throw new RespProtocolException("A string is no integer.");
    }

    /// <summary>Reads an error.</summary>
    public RedisServerException ReadError()
    {
        var text = Type switch
        {
            RespType.Error => ReadLine(),
            RespType.BulkError => ReadBlob(),
            _ => throw Unexpected("an error"),
        };
        return RedisServerException.Parse(Encoding.UTF8.GetString(text));
    }

    /// <summary>Passes one value, with all that is nested in it.</summary>
    public void Skip()
    {
        for (var missing = 1L; missing > 0; missing--)
        {
            switch (Type)
            {
                case RespType.BulkString or RespType.BulkError or RespType.VerbatimString:
                    ReadBlob();
                    break;
                case RespType.Array or RespType.Set or RespType.Push or RespType.Map:
                    missing += ReadArray();
                    break;
                case RespType.None:
                    throw Unexpected("a value");
                default:
                    ReadLine();
                    break;
            }
        }
    }

    /// <summary>Passes one value and gives it as a reader of its own.</summary>
    public RespReader ReadNested()
    {
        var start = _rest;
        Skip();
        return new(start[..^_rest.Length]);
    }

    /// <summary>Parses what Redis calls an integer: a sign where negative, digits, 64 bits.</summary>
    internal static bool TryParseInteger(ReadOnlySpan<byte> text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private ReadOnlySpan<byte> ReadLine()
    {
        var end = _rest.IndexOf((byte)'\r');
        if (end < 1 || end + 2 > _rest.Length)
            throw Unexpected("a line");
        var line = _rest[1..end];
        Advance(end + 2);
        return line;
    }

    private int ReadCount()
    {
        // Checked when the reply was found: every element that is announced is there.
        var end = _rest.IndexOf((byte)'\r');
        if (end < 2 || !Utf8Parser.TryParse(_rest[1..end], out int count, out _) || count < 0)
            throw Unexpected("a length");
        Advance(end + 2);
        return count;
    }

    private ReadOnlySpan<byte> ReadBlob()
    {
        var end = _rest.IndexOf((byte)'\r');
        if (end < 2 || !Utf8Parser.TryParse(_rest[1..end], out int length, out _) || length < 0)
            throw Unexpected("a length");
        var blob = _rest.Slice(end + 2, length);
        Advance(end + 2 + length + 2);
        return blob;
    }

    private void Advance(int bytes)
    {
        _rest = _rest[bytes..];
        SkipAttributes();
    }

    /// <summary>Passes what is said about the next value; nothing here asks for it.</summary>
    private void SkipAttributes()
    {
        while (_rest is [(byte)'|', ..])
        {
            var parts = 2L * ReadCount();
            for (; parts > 0; parts--)
                Skip();
        }
    }

    private readonly Exception Unexpected(string expected)
    {
        if (Type is RespType.Error or RespType.BulkError)
        {
            var copy = this;
            return copy.ReadError();
        }

        return new RespProtocolException($"The reply has {(Type == RespType.None ? "ended" : $"a value of type {Type}")} where {expected} belongs.");
    }
}
