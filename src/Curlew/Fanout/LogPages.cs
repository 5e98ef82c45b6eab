using Curlew.Protocol;

namespace Curlew;

/// <summary>
/// Reads below the window, shared: a page that one catching-up client reads serves all who are at a position within it. One read of the log is under
/// way at a time, so that clients who ask at the same moment find the page that the first of them fetched; the cache is bounded in bytes.
/// </summary>
internal sealed class LogPages(IEventLog log, long maxBytes) : IDisposable
{
    private const int PageEvents = 512;

    private readonly SemaphoreSlim _reading = new(1, 1);
    // Guards the list, oldest use first, and what follows it.
    private readonly Lock _lock = new();
    private readonly LinkedList<Page> _pages = [];
    private long _bytes;
    private int _clearings;

    public async ValueTask<EventPage> ReadAsync(EventId after, CancellationToken cancellationToken)
    {
        if (Find(after) is { } cached)
            return cached;
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Another may have fetched it while this one waited.
            if (Find(after) is { } fetched)
                return fetched;
            var clearings = Volatile.Read(ref _clearings);
            var page = await log.ReadAsync(after, PageEvents, cancellationToken).ConfigureAwait(false);
            Add(after, page, clearings);
            return page;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Forgets everything: the log has lost events, and may give their ids anew.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _pages.Clear();
            _bytes = 0;
            _clearings++;
        }
    }

    public void Dispose() => _reading.Dispose();

    private EventPage? Find(EventId after)
    {
        lock (_lock)
        {
            for (var node = _pages.Last; node is not null; node = node.Previous)
            {
                if (node.Value.After > after || after >= node.Value.Through)
                    continue;
                _pages.Remove(node);
                _pages.AddLast(node);
                return node.Value.Events;
            }
        }

        return null;
    }

    private void Add(EventId after, EventPage events, int clearings)
    {
        // A page whose start was trimmed is no use to anyone else.
        if (events.Frames.Count == 0 || events.Bounds.TrimmedThrough > after)
            return;
        var page = new Page(after, events.Frames[^1].Id, events, events.Frames.Sum(static frame => (long)frame.Cost));
        lock (_lock)
        {
            // Asked for before the log lost events, answered after: nobody else may find it.
            if (_clearings != clearings)
                return;
            _pages.AddLast(page);
            _bytes += page.Bytes;
            while (_bytes > maxBytes && _pages.First is { } oldest)
            {
                _bytes -= oldest.Value.Bytes;
                _pages.RemoveFirst();
            }
        }
    }

    /// <summary>Holds every event in (After, Through], as they were read when none of them had been trimmed.</summary>
    private sealed record Page(EventId After, EventId Through, EventPage Events, long Bytes);
}
