using System.Globalization;

namespace Curlew.Tests.Simulation;

/// <summary>
/// A store outside the process: it keeps events as data, answers later, trims when it likes, and can lose its newest events. The ids of each life of the
/// store differ from those of the others, so that it can be told which of them a client was given.
/// </summary>
internal sealed class StoredStore(HubOptions options, TimeProvider time, EventModel model, int maxPage) : SimulatedStore
{
    private const int MaxResets = 3;

    private readonly Dictionary<string, EventId> _keys = [];
    private EventId _newest;
    private EventId _trimmedThrough;

    public override bool IsShared => true;

    public override LogBounds Bounds
    {
        get
        {
            var first = model.IndexAfter(_trimmedThrough);
            var surplus = model.Count - first - (options.Retention.MaxEvents / 2);
            return new(
                _trimmedThrough,
                first < model.Count ? model.At(first).Id : null,
                _newest,
                surplus > 0 ? model.At(first + surplus - 1).Id : EventId.Zero);
        }
    }

    /// <summary>The events after a position that are held, as data, at most a page of them.</summary>
    public ModelEvent[] Take(EventId after, int maxEvents)
    {
        var first = Math.Max(model.IndexAfter(after), model.IndexAfter(_trimmedThrough));
        return [.. Enumerable.Range(first, Math.Max(0, Math.Min(Math.Min(maxEvents, maxPage), model.Count - first))).Select(model.At)];
    }

    /// <summary>The newest held events below a position, as data, at most a page of them.</summary>
    public ModelEvent[] TakeBack(EventId before, int maxEvents)
    {
        var end = before == EventId.Zero ? 0 : model.IndexAfter(before.Previous);
        var first = Math.Max(end - Math.Min(maxEvents, maxPage), model.IndexAfter(_trimmedThrough));
        return [.. Enumerable.Range(first, Math.Max(0, end - first)).Select(model.At)];
    }

    public bool Holds(EventId id) => id > _trimmedThrough && model.Find(id) is not null;

    /// <summary>Encodes data that was read, with the bounds of this moment.</summary>
    public EventPage Encode(ModelEvent[] events, bool isReset = false) =>
        new([.. events.Select(static e => new Frame(e.Id, e.Content.Topics, e.Content.Data.Span, e.Content.Type))], Bounds, isReset);

    public override IEventLog Open(SimulatedNode node)
    {
        model.NoteTrimmedThrough(_trimmedThrough);
        return new StoredLog(this);
    }

    public override void Append(IReadOnlyList<NewEvent> batch, string? key)
    {
        if (key is not null && _keys.ContainsKey(key))
            return;
        var now = (ulong)time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var e in batch)
        {
            // The sequence numbers of a life are those that leave its number when divided.
            var sequence = now > _newest.Milliseconds ? 0 : _newest.Sequence + 1;
            while (sequence % (MaxResets + 1) != (ulong)Resets)
                sequence++;
            _newest = new(Math.Max(now, _newest.Milliseconds), sequence);
            model.Add(_newest, e);
        }

        if (key is not null)
            _keys.Add(key, _newest);
    }

    public override TailPage? TryTail(SimulatedNode node)
    {
        // Two round trips: first the events, then the bounds, which may have moved meanwhile.
        if (node.TailRead is null)
        {
            var isReset = node.Resets < Resets;
            node.TailRead = (Take(isReset ? _trimmedThrough : node.TailPosition, options.Retention.MaxEvents), isReset, Resets);
            return null;
        }

        var (events, wasReset, resets) = node.TailRead.Value;
        node.TailRead = null;
        return events.Length == 0 && !wasReset && Bounds.TrimmedThrough == node.TailBounds.TrimmedThrough
            ? null
            : new(Encode(events, wasReset), resets);
    }

    public override string? Trim(Random random)
    {
        // Mostly what is too much; now and then more, also what no tail has read.
        var held = model.Count - model.IndexAfter(_trimmedThrough);
        var surplus = random.Next(8) == 0 ? random.Next(held + 1) : Math.Max(0, held - options.Retention.MaxEvents);
        if (surplus == 0)
            return null;
        _trimmedThrough = model.At(model.IndexAfter(_trimmedThrough) + surplus - 1).Id;
        model.NoteTrimmedThrough(_trimmedThrough);
        return string.Create(CultureInfo.InvariantCulture, $"{surplus} events, through {_trimmedThrough}");
    }

    public override string? Lose(Random random)
    {
        if (Resets == MaxResets)
            return null;
        Resets++;
        if (random.Next(4) == 0)
        {
            _newest = _trimmedThrough = EventId.Zero;
            model.LoseAbove(EventId.Zero, isFlush: true);
            return "everything";
        }

        var held = model.Count - model.IndexAfter(_trimmedThrough);
        var lost = random.Next(1, 9);
        _newest = lost >= held ? _trimmedThrough : model.At(model.Count - 1 - lost).Id;
        model.LoseAbove(_newest, isFlush: false);
        return string.Create(CultureInfo.InvariantCulture, $"what is above {_newest}");
    }

    public override string? Advance(SimulatedNode node, Random random, bool mayFail) => ((StoredLog)node.Log).Advance(random, mayFail);
}
