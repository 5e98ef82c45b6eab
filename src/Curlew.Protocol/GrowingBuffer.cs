using System.Buffers;

namespace Curlew.Protocol;

/// <summary>
/// Bytes that outlive the chunk they came in. A small array is kept for the next block; a large one goes back to the pool,
/// so that one large block does not cost an idle stream its memory for ever. An array that is never given back is only garbage.
/// </summary>
internal struct GrowingBuffer
{
    private const int SmallestArray = 256;
    private const int LargestArrayKept = 64 * 1024;

    private byte[]? _array;

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Span => _array.AsSpan(0, Length);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    public void Append(byte value)
    {
        Reserve(1)[0] = value;
        Length++;
    }

    /// <summary>Empties the buffer. The array and its bytes stay as they are until the next append or <see cref="Release"/>.</summary>
    public void Clear() => Length = 0;

    /// <summary>Empties the buffer and gives a large array back: nothing may point to it any more.</summary>
    public void Release()
    {
        Length = 0;
        if (_array is not { Length: > LargestArrayKept } large)
            return;
        _array = null;
        ArrayPool<byte>.Shared.Return(large);
    }

    private Span<byte> Reserve(int count)
    {
        var array = _array ?? [];
        if (count > array.Length - Length)
        {
            var wanted = Math.Max((long)Length + count, Math.Min(Math.Max(SmallestArray, 2L * array.Length), Array.MaxLength));
            _array = ArrayPool<byte>.Shared.Rent(checked((int)wanted));
            array.AsSpan(0, Length).CopyTo(_array);
            if (array.Length > 0)
                ArrayPool<byte>.Shared.Return(array);
        }

        return _array.AsSpan(Length);
    }
}
