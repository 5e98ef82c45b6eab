using System.Buffers;

namespace Curlew;

/// <summary>
/// A queue of frames that has no array until more than one waits, and borrows the arrays of a burst from a pool. A mutable struct: kept in a field, guarded
/// by its owner, and cleared when that has ended.
/// </summary>
internal struct FrameQueue
{
    // The first ring, which stays for the next time. A longer one goes back when it is empty.
    private const int KeptLength = 16;

    // Of each length up to the longest so many lie ready, together 4 MiB at most. What is not there is allocated.
    private static readonly ArrayPool<Frame?> Rings = ArrayPool<Frame?>.Create(maxArrayLength: 256, maxArraysPerBucket: 1024);

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
            Slot(InRing) = frame;
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

    public void Clear()
    {
        GiveBackRing();
        this = default;
    }

    private readonly ref Frame? Slot(int index)
    {
        var place = _head + index;
        return ref _ring![place < _ring.Length ? place : place - _ring.Length];
    }

    private Frame? DequeueFromRing()
    {
        ref var slot = ref Slot(0);
        var frame = slot;
        slot = null;
        _head = _head + 1 < _ring!.Length ? _head + 1 : 0;
        if (InRing == 1 && _ring.Length > KeptLength)
            GiveBackRing();
        return frame;
    }

    private void Grow()
    {
        var larger = Rings.Rent(_ring is null ? KeptLength : _ring.Length * 2);
        for (var i = 0; i < InRing; i++)
            larger[i] = Slot(i);
        GiveBackRing();
        _ring = larger;
    }

    private void GiveBackRing()
    {
        if (_ring is not null)
            Rings.Return(_ring, clearArray: true);
        (_ring, _head) = (null, 0);
    }
}
