namespace Curlew.Redis.Resp;

/// <summary>
/// Walks over the entries of a reply to XREAD, XREADGROUP, XRANGE, XREVRANGE or XCLAIM, in RESP2 and in RESP3, without a copy.
/// </summary>
/// <remarks>
/// <code>
/// var streams = StreamReplyReader.OfRead(reply.Read());
/// while (streams.TryReadStream(out var key))
///     while (streams.TryReadEntry(out var entry))
///         while (entry.TryReadField(out var name, out var value)) …
/// </code>
/// </remarks>
internal ref struct StreamReplyReader
{
    private RespReader _reader;
    private int _streams;
    private int _entries;
    private readonly bool _isMap;

    private StreamReplyReader(RespReader reader, bool hasStreams)
    {
        _reader = reader;
        if (_reader.TryReadNull())
            return;
        _isMap = reader.Type == RespType.Map;
        if (!hasStreams)
            _entries = _reader.ReadArray();
        else
            _streams = _isMap ? _reader.ReadMap() : _reader.ReadArray();
    }

    /// <summary>Where the entries end. To read on after them, as XAUTOCLAIM's reply needs, read them all first.</summary>
    public readonly RespReader Rest => _reader;

    /// <summary>The reply to XREAD or XREADGROUP: entries of several streams, or null where the block time passed without any.</summary>
    public static StreamReplyReader OfRead(RespReader reply) => new(reply, hasStreams: true);

    /// <summary>The reply to XRANGE, XREVRANGE or XCLAIM, or the entries within another reply: entries of one stream.</summary>
    public static StreamReplyReader OfEntries(RespReader reply) => new(reply, hasStreams: false);

    /// <summary>Goes on to the next stream; what is left of the last one is passed over.</summary>
    public bool TryReadStream(out ReadOnlySpan<byte> key)
    {
        while (_entries-- > 0)
            _reader.Skip();
        key = default;
        if (_streams == 0)
            return false;
        _streams--;
        if (!_isMap && _reader.ReadArray() != 2)
            throw new RespProtocolException("A stream's part of the reply is no pair.");
        key = _reader.ReadBytes();
        _entries = _reader.ReadArray();
        return true;
    }

    /// <summary>Goes on to the next entry of this stream.</summary>
    public bool TryReadEntry(out StreamReplyEntry entry)
    {
        entry = default;
        do
        {
            if (_entries <= 0)
                return false;
            _entries--;
        }
        while (_reader.TryReadNull()); // XCLAIM and XAUTOCLAIM of Redis 6 give null for what was deleted.

        if (_reader.ReadArray() != 2)
            throw new RespProtocolException("An entry of a stream is no pair.");
        var id = _reader.ReadBytes();
        entry = new(id, _reader.ReadNested());
        return true;
    }
}
