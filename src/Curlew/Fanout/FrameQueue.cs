namespace Curlew;

/// <summary>A queue of frames that owns no memory until more than one waits. A mutable struct: kept in a field, guarded by its owner.</summary>
internal struct FrameQueue
{
    private const int KeptCapacity = 16;

    // The frame that is next, and those after it.
    private Frame? _first;
    private Frame?[]? _ring;
    private int _head;

    public int Count { get; private set; }

    public int Bytes { get; private set; }

    /// <summary>The frame that is next, or <see langword="null"/> where there is none.</summary>
    public readonly Frame? Oldest => _first;

    private readonly int InRing => Math.Max(0, Count - 1);

    public void Enqueue(Frame frame)
    {
        if (Count == 0)
        {
            _first = frame;
        }
        else
        {
            if (_ring is null || InRing == _ring.Length)
                Grow();
            _ring![(_head + InRing) & (_ring.Length - 1)] = frame;
        }

        Count++;
        Bytes += frame.Length;
    }

    public Frame Dequeue()
    {
        var frame = _first!;
        _first = InRing > 0 ? DequeueFromRing() : null;
        Count--;
        Bytes -= frame.Length;
        return frame;
    }

    public void Clear() => this = default;

    private Frame? DequeueFromRing()
    {
        ref var slot = ref _ring![_head];
        var frame = slot;
        slot = null;
        _head = (_head + 1) & (_ring.Length - 1);
        if (InRing == 1 && _ring.Length > KeptCapacity)
            _ring = null;
        return frame;
    }

    private void Grow()
    {
        var larger = new Frame?[_ring is null ? 2 : _ring.Length * 2];
        for (var i = 0; i < InRing; i++)
            larger[i] = _ring![(_head + i) & (_ring.Length - 1)];
        _ring = larger;
        _head = 0;
    }
}
