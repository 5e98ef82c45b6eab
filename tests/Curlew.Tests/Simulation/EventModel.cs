namespace Curlew.Tests.Simulation;

/// <summary>
/// Everything that was ever appended and not lost by the store, whether trimmed or not, in log order; and every position that was the lower end of
/// the log at some time.
/// </summary>
internal sealed class EventModel
{
    private readonly List<ModelEvent> _events = [];
    private readonly HashSet<EventId> _ends = [];

    public int Count => _events.Count;

    public int NextNumber { get; private set; }

    public void Add(EventId id, NewEvent content)
    {
        if (_events.Count > 0 && id <= _events[^1].Id)
            throw new OracleException($"the log gave {id} after {_events[^1].Id}");
        _events.Add(new(NextNumber++, id, content));
    }

    public void NoteTrimmedThrough(EventId position) => _ends.Add(position);

    /// <summary>The store lost its newest events, or all of them.</summary>
    public void LoseAbove(EventId kept, bool isFlush)
    {
        _events.RemoveRange(IndexAfter(kept), _events.Count - IndexAfter(kept));
        if (!isFlush)
            return;
        _ends.Clear();
        _ends.Add(kept);
    }

    public ModelEvent? Find(EventId id) => IndexAfter(id) - 1 is >= 0 and var index && _events[index].Id == id ? _events[index] : null;

    /// <summary>Whether a client can have been given this as a position: an event's id, trimmed or not, or what was the lower end of the log.</summary>
    public bool IsPosition(EventId id) => Find(id) is not null || _ends.Contains(id);

    /// <summary>The events above one position, up to another.</summary>
    public List<ModelEvent> Between(EventId after, EventId through, Wish wish)
    {
        List<ModelEvent> found = [];
        for (var i = IndexAfter(after); i < _events.Count && _events[i].Id <= through; i++)
        {
            if (wish.Wants(_events[i].Content))
                found.Add(_events[i]);
        }

        return found;
    }

    public int IndexAfter(EventId position)
    {
        var (low, high) = (0, _events.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_events[middle].Id <= position)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    public ModelEvent At(int index) => _events[index];
}
