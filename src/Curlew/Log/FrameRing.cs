using Curlew.Protocol;

namespace Curlew;

/// <summary>
/// Consecutive frames in log order. Each has a number, which grows by one with each frame and never changes; frames are added at the newest end and
/// removed at the oldest. Not thread-safe.
/// </summary>
internal sealed class FrameRing
{
    private Frame?[] _ring = new Frame?[64];

    /// <summary>The number of the oldest frame.</summary>
    public long First { get; private set; }

    /// <summary>The number that the next frame will have.</summary>
    public long Next { get; private set; }

    public int Count => (int)(Next - First);

    /// <summary>What the frames cost in memory.</summary>
    public long Bytes { get; private set; }

    public Frame this[long number] => _ring[Slot(number)]!;

    public EventId? Oldest => Count > 0 ? this[First].Id : null;

    public void Add(Frame frame)
    {
        if (Count == _ring.Length)
            Grow();
        _ring[Slot(Next++)] = frame;
        Bytes += frame.Cost;
    }

    public Frame RemoveFirst()
    {
        ref var slot = ref _ring[Slot(First)];
        var frame = slot!;
        slot = null;
        First++;
        Bytes -= frame.Cost;
        return frame;
    }

    /// <summary>The number of the first frame above a position; <see cref="Next"/> where there is none.</summary>
    public long NumberAfter(EventId position)
    {
        var (low, high) = (First, Next);
        while (low < high)
        {
            var middle = low + ((high - low) >> 1);
            if (this[middle].Id <= position)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    public bool Contains(EventId id)
    {
        var number = NumberAfter(id) - 1;
        return number >= First && this[number].Id == id;
    }

    private int Slot(long number) => (int)(number & (_ring.Length - 1));

    private void Grow()
    {
        var larger = new Frame?[_ring.Length * 2];
        for (var number = First; number < Next; number++)
            larger[number & (larger.Length - 1)] = this[number];
        _ring = larger;
    }
}
