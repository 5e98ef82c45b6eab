using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace Curlew;

/// <summary>
/// Runs what waits for something to come in on connections. Those that have been served before go ahead of those that are new, and where others have to
/// yield, only as many of the new ones go on as are admitted: thousands of clients that come back at once delay neither the requests of who has been there
/// all the time, such as publishers, nor what is sent. Thread-safe.
/// </summary>
/// <param name="maxWorkItems">How many of its work items may wait to be run. No more, so that others, such as what receives from the sockets, do not wait behind all of these.</param>
/// <param name="start">Runs a work item.</param>
/// <param name="mustYield">Whether those that are new have to wait; <see cref="Admit"/> is called when they no longer have to.</param>
internal sealed class ArrivalQueue(int maxWorkItems, Action<IThreadPoolWorkItem> start, Func<bool> mustYield)
    : PipeScheduler, IThreadPoolWorkItem, IValueTaskSource
{
    // New ones get on, however much comes from the others.
    private const int MaxServedInARow = 15;

    private readonly Lock _lock = new();
    private readonly Queue<Arrival> _served = new();
    private readonly Queue<Arrival> _new = new();
    private int _servedInARow;
    private int _admitted;
    private int _workItems;

    private int NewThatMayGoOn => mustYield() ? Math.Min(_admitted, _new.Count) : _new.Count;

    void IThreadPoolWorkItem.Execute()
    {
        Arrival arrival;
        bool isMore;
        lock (_lock)
        {
            _workItems--;
            // Who is new may have to yield where he did not when this was started.
            if (!TryTake(out arrival))
                return;
            // Before this one is run, which may block.
            isMore = TryAddWorkItem();
        }

        if (isMore)
            start(this);
        arrival.Action(arrival.State);
    }

    /// <summary>Waits for the turn of a connection that is new.</summary>
    public ValueTask WaitForTurnAsync() => new(this, token: 0);

    /// <summary>Lets new ones go on, although they may have to yield.</summary>
    /// <param name="count">How many; what is not taken up is gone when others are admitted.</param>
    public void Admit(int count)
    {
        lock (_lock)
            _admitted = count;
        while (true)
        {
            lock (_lock)
            {
                if (!TryAddWorkItem())
                    return;
            }

            start(this);
        }
    }

    /// <summary>Runs what waits on a connection that has been served, or has had its turn.</summary>
    public override void Schedule(Action<object?> action, object? state) => Add(_served, new(action, state));

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        Add(_new, new(continuation, state));

    // Whoever asks has not had his turn, and who goes on has.
    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => ValueTaskSourceStatus.Pending;

    void IValueTaskSource.GetResult(short token)
    {
    }

    private void Add(Queue<Arrival> line, Arrival arrival)
    {
        bool isMore;
        lock (_lock)
        {
            line.Enqueue(arrival);
            isMore = TryAddWorkItem();
        }

        if (isMore)
            start(this);
    }

    private bool TryTake(out Arrival arrival)
    {
        var isNewNext = NewThatMayGoOn > 0;
        if (_served.Count > 0 && (_servedInARow < MaxServedInARow || !isNewNext))
        {
            _servedInARow++;
            return _served.TryDequeue(out arrival);
        }

        _servedInARow = 0;
        if (!isNewNext)
        {
            arrival = default;
            return false;
        }

        _admitted = Math.Max(0, _admitted - 1);
        return _new.TryDequeue(out arrival);
    }

    /// <summary>Whether there is more to run than the work items in the pool's queue will take.</summary>
    private bool TryAddWorkItem()
    {
        if (_workItems >= maxWorkItems || _workItems >= _served.Count + NewThatMayGoOn)
            return false;
        _workItems++;
        return true;
    }

    private readonly record struct Arrival(Action<object?> Action, object? State);
}
