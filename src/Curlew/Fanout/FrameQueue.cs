namespace Curlew;

/// <summary>A queue of frames that owns no memory while it is empty and was never long. A mutable struct: kept in a field, guarded by its owner.</summary>
internal struct FrameQueue
{
    private const int KeptCapacity = 16;

    private Frame?[]? _ring;
    private int _head;

    public int Count { get; private set; }

    public int Bytes { get; private set; }

    /// <summary>The frame that is next, or <see langword="null"/> where there is none.</summary>
    public readonly Frame? Oldest => Count == 0 ? null : _ring![_head];

    public void Enqueue(Frame frame)
    {
        if (_ring is null || Count == _ring.Length)
            Grow();
        _ring![(_head + Count++) & (_ring.Length - 1)] = frame;
        Bytes += frame.Length;
    }

    public Frame Dequeue()
    {
        ref var slot = ref _ring![_head];
        var frame = slot!;
        slot = null;
        _head = (_head + 1) & (_ring.Length - 1);
        Bytes -= frame.Length;
        if (--Count == 0 && _ring.Length > KeptCapacity)
            _ring = null;
        return frame;
    }

    public void Clear() => this = default;

    private void Grow()
    {
        var larger = new Frame?[_ring is null ? 2 : _ring.Length * 2];
        for (var i = 0; i < Count; i++)
            larger[i] = _ring![(_head + i) & (_ring.Length - 1)];
        _ring = larger;
        _head = 0;
    }
}
