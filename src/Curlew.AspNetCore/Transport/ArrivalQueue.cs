using System.IO.Pipelines;

namespace Curlew;

/// <summary>
/// Runs what waits for something to come in on connections: those that have been served before go ahead of those that are new. Where
/// thousands of clients come back at once, the requests of who has been there all the time, such as publishers, do not stand in line behind theirs. Thread-safe.
/// </summary>
/// <param name="maxWorkItems">How many of its work items may wait to be run. No more, so that others, such as what receives from the sockets, do not wait behind all of these.</param>
/// <param name="start">Runs a work item.</param>
internal sealed class ArrivalQueue(int maxWorkItems, Action<IThreadPoolWorkItem> start) : IThreadPoolWorkItem
{
    // New ones get on, however much comes from the others.
    private const int MaxServedInARow = 15;

    private readonly Lock _lock = new();
    private readonly Queue<Arrival> _served = new();
    private readonly Queue<Arrival> _new = new();
    private int _servedInARow;
    private int _workItems;

    void IThreadPoolWorkItem.Execute()
    {
        Arrival arrival;
        bool isMore;
        lock (_lock)
        {
            _workItems--;
            arrival = Take();
            // Before this one is run, which may block.
            isMore = TryAddWorkItem();
        }

        if (isMore)
            start(this);
        arrival.Action(arrival.State);
    }

    /// <summary>What a new connection uses.</summary>
    public PipeScheduler ForConnection() => new Connection(this);

    private void Add(Arrival arrival, bool isNew)
    {
        bool isMore;
        lock (_lock)
        {
            (isNew ? _new : _served).Enqueue(arrival);
            isMore = TryAddWorkItem();
        }

        if (isMore)
            start(this);
    }

    private Arrival Take()
    {
        if (_served.Count > 0 && (_servedInARow < MaxServedInARow || _new.Count == 0))
        {
            _servedInARow++;
            return _served.Dequeue();
        }

        _servedInARow = 0;
        return _new.Dequeue();
    }

    /// <summary>Whether there is more than the work items in the pool's queue will take.</summary>
    private bool TryAddWorkItem()
    {
        if (_workItems >= Math.Min(maxWorkItems, _served.Count + _new.Count))
            return false;
        _workItems++;
        return true;
    }

    private readonly record struct Arrival(Action<object?> Action, object? State);

    private sealed class Connection(ArrivalQueue queue) : PipeScheduler
    {
        // A TLS handshake and the first request.
        private const int FirstArrivals = 3;

        private int _count;

        public override void Schedule(Action<object?> action, object? state)
        {
            var isNew = _count < FirstArrivals;
            if (isNew)
                _count++;
            queue.Add(new(action, state), isNew);
        }
    }
}
