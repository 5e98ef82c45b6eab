namespace Curlew.Redis.Resp;

/// <summary>An entry of a stream within a reply; valid as long as the reply.</summary>
internal ref struct StreamReplyEntry
{
    private RespReader _fields;
    private int _left;

    internal StreamReplyEntry(ReadOnlySpan<byte> id, RespReader fields)
    {
        Id = id;
        _fields = fields;
        IsDeleted = _fields.TryReadNull();
        _left = IsDeleted ? 0 : _fields.ReadMap();
    }

    /// <summary>The id, as Redis writes it.</summary>
    public ReadOnlySpan<byte> Id { get; }

    /// <summary>Whether the entry was deleted from the stream and only stands in a consumer's list of pending ones.</summary>
    public bool IsDeleted { get; }

    /// <summary>Goes on to the next field, in the order in which they were written; a name may come twice.</summary>
    public bool TryReadField(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        if (_left == 0)
            return false;
        _left--;
        name = _fields.ReadBytes();
        value = _fields.ReadBytes();
        return true;
    }
}
