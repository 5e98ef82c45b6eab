using System.Buffers;

namespace Curlew.Redis.Resp;

/// <summary>
/// One reply, or one push message, as the bytes that came, in memory from a pool. Whoever receives it owns it: read it with <see cref="Read"/>,
/// keep copies of what is wanted, dispose of it. Nothing that a reader gave may be used afterwards.
/// </summary>
internal sealed class RespReply : IDisposable
{
    private readonly int _length;
    private byte[]? _bytes;

    private RespReply(byte[] bytes, int length)
    {
        _bytes = bytes;
        _length = length;
        Type = Read().Type;
    }

    /// <summary>What the reply is; attributes before it do not count.</summary>
    public RespType Type { get; }

    public bool IsNull => Type == RespType.Null;

    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_bytes is null, this);
            return _bytes.AsSpan(0, _length);
        }
    }

    /// <summary>Copies one whole, well-formed reply.</summary>
    public static RespReply Copy(in ReadOnlySequence<byte> bytes)
    {
        var length = checked((int)bytes.Length);
        var copy = ArrayPool<byte>.Shared.Rent(length);
        bytes.CopyTo(copy);
        return new(copy, length);
    }

    /// <summary>A reader at the beginning of the reply.</summary>
    public RespReader Read() => new(Bytes);

    /// <summary>Gives the memory back. A second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { } bytes)
            ArrayPool<byte>.Shared.Return(bytes);
    }
}
