using System.IO.Pipelines;

namespace Curlew;

/// <summary>
/// Runs what waits for something to come in on connections: those that have been served before go ahead of those that are new. Where thousands of clients
/// come back at once, the requests of who has been there all the time, such as publishers, do not stand in line behind theirs. Thread-safe.
/// </summary>
/// <param name="maxWorkItems">How many of its work items may wait to be run. No more, so that others, such as what receives from the sockets, do not wait behind all of these.</param>
/// <param name="start">Runs a work item.</param>
internal sealed class ArrivalQueue(int maxWorkItems, Action<IThreadPoolWorkItem> start) : PipeScheduler, IThreadPoolWorkItem
{
    // New ones get on, however much comes from the others.
    private const int MaxServedInARow = 15;

    // What a pipe schedules it schedules in the flush that it is for; a scheduler for each connection would be as much memory for each.
    [ThreadStatic]
    private static bool s_isNew;

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

    /// <summary>Flushes what came in to whoever waits for it, through a pipe that has this for the scheduler of its reader.</summary>
    /// <param name="input">The pipe.</param>
    /// <param name="isNew">Whether the connection is new.</param>
    public static ValueTask<FlushResult> FlushAsync(PipeWriter input, bool isNew)
    {
        s_isNew = isNew;
        try
        {
            return input.FlushAsync();
        }
        finally
        {
            s_isNew = false;
        }
    }

    public override void Schedule(Action<object?> action, object? state)
    {
        bool isMore;
        lock (_lock)
        {
            (s_isNew ? _new : _served).Enqueue(new(action, state));
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
}
