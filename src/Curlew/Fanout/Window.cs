using Curlew.Protocol;

namespace Curlew;

/// <summary>
/// The newest frames of a log, as the tail has routed them. A frame has a number, which grows by one with each and never changes; for each topic
/// the window keeps the numbers of its frames, so that a replay of one topic in a busy hub costs that topic's events.
/// </summary>
/// <remarks>Guarded by the hub's order lock. What it holds is contiguous: every event of the log in (<see cref="TrimmedThrough"/>, <see cref="Newest"/>].</remarks>
internal sealed class Window
{
    private readonly Dictionary<string, Positions> _topics = new(StringComparer.Ordinal);
    private readonly FrameRing _frames = new();

    public Window(EventId position) => Newest = TrimmedThrough = position;

    /// <summary>The position above which the window holds everything.</summary>
    public EventId TrimmedThrough { get; private set; }

    /// <summary>How far the tail has routed.</summary>
    public EventId Newest { get; private set; }

    public int Count => _frames.Count;

    public long Bytes => _frames.Bytes;

    public EventId? Oldest => _frames.Oldest;

    public int TopicCount => _topics.Count;

    public void Append(Frame frame)
    {
        foreach (ref var topic in frame.TopicSpan)
        {
            if (!_topics.TryGetValue(topic, out var positions))
                _topics.Add(topic, positions = new(topic));
            topic = positions.Topic;
            positions.Add(_frames.Next);
        }

        _frames.Add(frame);
        Newest = frame.Id;
    }

    /// <summary>Follows the log's retention.</summary>
    public void TrimThrough(EventId position)
    {
        while (Count > 0 && _frames[_frames.First].Id <= position)
            RemoveFirst();
        if (position > TrimmedThrough)
            TrimmedThrough = position;
        if (position > Newest)
            Newest = position;
    }

    /// <summary>Keeps within a bound of its own, where the log retains more than memory should hold. One frame always stays.</summary>
    public void TrimToBytes(long maxBytes)
    {
        while (Bytes > maxBytes && Count > 1)
            RemoveFirst();
    }

    /// <summary>Begins anew at a position, which may be below what it held: the log has lost events.</summary>
    public void Reset(EventId position)
    {
        while (Count > 0)
            RemoveFirst();
        Newest = TrimmedThrough = position;
    }

    /// <summary>Whether a position within the window is one that a client can have been given: a frame's id, or the lower end.</summary>
    public bool IsKnown(EventId id) => id == TrimmedThrough || _frames.Contains(id);

    /// <summary>The newest of those positions that is not above this one, which is within the window.</summary>
    public EventId FindKnown(EventId position) => PositionBefore(_frames.NumberAfter(position));

    /// <summary>Reads what matches after a position, until the batch is full or <paramref name="maxScan"/> frames were looked at.</summary>
    /// <returns>The position up to which everything that matches is in the batch.</returns>
    public EventId Read(Interest interest, EventId after, FrameBatch batch, int maxScan) =>
        after >= Newest ? after
        : interest.IsLiteral ? ReadTopics(interest, after, batch, maxScan)
        : ReadAll(interest, after, batch, maxScan);

    /// <summary>
    /// Looks for the start of the newest <paramref name="wanted"/> events that match, backwards from the frame before <paramref name="number"/>.
    /// </summary>
    /// <param name="interest">What counts.</param>
    /// <param name="number">Where to begin, exclusive; afterwards where to go on. <see cref="long.MaxValue"/> begins at the newest.</param>
    /// <param name="wanted">How many are still wanted; counted down.</param>
    /// <param name="maxScan">The most frames to look at.</param>
    /// <returns>Whether the search ended: enough were found, or the window did. The position just before them is <see cref="PositionBefore"/>.</returns>
    public bool SearchBack(Interest interest, ref long number, ref int wanted, int maxScan)
    {
        number = Math.Min(number, _frames.Next);
        for (; wanted > 0 && number > _frames.First && maxScan > 0; maxScan--)
        {
            if (interest.Matches(_frames[--number]))
                wanted--;
        }

        return wanted == 0 || number <= _frames.First;
    }

    /// <summary>The position just before a frame.</summary>
    public EventId PositionBefore(long number) => number <= _frames.First ? TrimmedThrough : _frames[number - 1].Id;

    private EventId ReadAll(Interest interest, EventId after, FrameBatch batch, int maxScan)
    {
        var number = _frames.NumberAfter(after);
        for (; number < _frames.Next && maxScan > 0 && !batch.IsFull; number++, maxScan--)
        {
            var frame = _frames[number];
            if (interest.Matches(frame))
                batch.Add(frame);
            after = frame.Id;
        }

        return after;
    }

    private EventId ReadTopics(Interest interest, EventId after, FrameBatch batch, int maxScan)
    {
        // Merges the topics' numbers: the smallest next one is the next event, once, however many of the topics it has.
        var filters = interest.Filters;
        var topics = new Positions?[filters.Length];
        var next = new int[filters.Length];
        var from = _frames.NumberAfter(after);
        for (var i = 0; i < filters.Length; i++)
        {
            topics[i] = _topics.GetValueOrDefault(filters[i].Text);
            next[i] = topics[i]?.IndexOfFirstFrom(from) ?? 0;
        }

        for (; maxScan > 0 && !batch.IsFull; maxScan--)
        {
            var number = long.MaxValue;
            for (var i = 0; i < topics.Length; i++)
            {
                if (topics[i] is { } positions && next[i] < positions.Count)
                    number = Math.Min(number, positions[next[i]]);
            }

            if (number == long.MaxValue)
                return Newest;
            for (var i = 0; i < topics.Length; i++)
            {
                if (topics[i] is { } positions && next[i] < positions.Count && positions[next[i]] == number)
                    next[i]++;
            }

            var frame = _frames[number];
            if (interest.WantsTypeOf(frame))
                batch.Add(frame);
            after = frame.Id;
        }

        return after;
    }

    private void RemoveFirst()
    {
        var frame = _frames.RemoveFirst();
        TrimmedThrough = frame.Id;
        foreach (var topic in frame.TopicSpan)
        {
            var positions = _topics[topic];
            positions.RemoveFirst();
            if (positions.Count == 0)
                _topics.Remove(topic);
        }
    }
}
