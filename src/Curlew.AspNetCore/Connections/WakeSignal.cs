using System.Threading.Tasks.Sources;

namespace Curlew;

/// <summary>
/// An auto-reset event for one waiter that allocates nothing: a wake while nobody waits is kept, several count as one. The waiter goes on in the
/// thread pool, never in the thread that wakes it.
/// </summary>
internal abstract class WakeSignal : IValueTaskSource, IThreadPoolWorkItem
{
    private const int Quiet = 0;
    private const int Woken = 1;
    private const int Waiting = 2;

    // Its continuation runs in Resume, which is called in the thread pool.
    private ManualResetValueTaskSourceCore<bool> _core;
    // Moves from quiet to waiting by the waiter, to woken by whoever wakes, and back to quiet by the waiter, each with one interlocked exchange.
    private int _state;

    public void Wake()
    {
        if (Interlocked.Exchange(ref _state, Woken) == Waiting)
            ScheduleLive();
    }

    /// <summary>Goes on with what waits, on this thread.</summary>
    public void Resume() => _core.SetResult(true);

    void IThreadPoolWorkItem.Execute() => Resume();

    void IValueTaskSource.GetResult(short token)
    {
        // Before the waiter looks at what there is: a wake from here on is for the next wait. A full fence: a look that overtook the write could miss what
        // a wake that the write then wipes out was for.
        _ = Interlocked.Exchange(ref _state, Quiet);
        _core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>Sees to it that <see cref="Resume"/> is called, on another thread.</summary>
    protected virtual void ScheduleLive() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    /// <summary>The same, for what has time.</summary>
    protected virtual void ScheduleReplay() => ScheduleLive();

    protected ValueTask WaitAsync()
    {
        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Quiet) == Quiet)
            return new(this, _core.Version);
        _ = Interlocked.Exchange(ref _state, Quiet);
        return default;
    }

    /// <summary>Lets others go first. A wake meanwhile is answered by going on.</summary>
    protected ValueTask YieldAsync(bool isReplay)
    {
        _core.Reset();
        // As if woken: whoever wakes it now leaves it to this turn.
        _ = Interlocked.Exchange(ref _state, Woken);
        var turn = new ValueTask(this, _core.Version);
        if (isReplay)
            ScheduleReplay();
        else
            ScheduleLive();
        return turn;
    }
}
