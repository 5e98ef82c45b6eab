using System.Threading.Tasks.Sources;

namespace Curlew;

/// <summary>
/// An auto-reset event for one waiter that allocates nothing: a wake while nobody waits is kept, several count as one. The waiter goes on in the
/// thread pool, never in the thread that wakes it. What most wakes are for it may do in <see cref="TryGoOn"/> without going on at all.
/// </summary>
internal abstract class WakeSignal : IValueTaskSource, IThreadPoolWorkItem
{
    private const int Quiet = 0;
    private const int Woken = 1;
    private const int Waiting = 2;

    // What a wait is for, told by its token.
    private const short Wakeup = 0;
    private const short Turn = 1;
    private const short ReplayTurn = 2;

    // Written by the waiter before its state says that it waits, and read by the one thread that resumes it.
    private Action<object?>? _continuation;
    private object? _continuationState;
    // Whether it waits to be woken, not for its turn.
    private bool _isIdle;
    // Moves from quiet to waiting by the waiter, to woken by whoever wakes, and back to quiet by the waiter, each with one interlocked exchange.
    private int _state;

    /// <summary>The scheduler's: who comes after it in the line. Guarded by the scheduler's lock.</summary>
    public WakeSignal? Next { get; set; }

    public void Wake()
    {
        if (Interlocked.Exchange(ref _state, Woken) == Waiting)
            ScheduleLive();
    }

    /// <summary>Goes on with what waits, on this thread.</summary>
    public void Resume()
    {
        if (_isIdle && TryGoOn())
            return;
        var (continuation, state) = (_continuation!, _continuationState);
        (_continuation, _continuationState) = (null, null);
        continuation(state);
    }

    void IThreadPoolWorkItem.Execute() => Resume();

    void IValueTaskSource.GetResult(short token) => TakeWake();

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) =>
        token == Wakeup && Volatile.Read(ref _state) == Woken ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;

    /// <summary>Only now does it wait: who wakes it from here on finds what to go on with. Awaited without a context.</summary>
    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        (_continuation, _continuationState, _isIdle) = (continuation, state, token == Wakeup);
        switch (token)
        {
            case Turn:
                // As if woken: whoever wakes it now leaves it to this turn.
                _ = Interlocked.Exchange(ref _state, Woken);
                ScheduleLive();
                break;
            case ReplayTurn:
                _ = Interlocked.Exchange(ref _state, Woken);
                ScheduleReplay();
                break;
            default:
                if (Interlocked.CompareExchange(ref _state, Waiting, Quiet) != Quiet)
                    ScheduleLive();
                break;
        }
    }

    /// <summary>
    /// Called when it is woken, in the place of the waiter: does what the wake is for and waits again. It must not throw. Whatever it leaves undone the waiter
    /// finds, with the wake.
    /// </summary>
    /// <returns>Whether it waits again.</returns>
    protected virtual bool TryGoOn() => false;

    /// <summary>Comes before the look at what there is: a wake from here on is for the next wait.</summary>
    protected void TakeWake() =>
        // A full fence: a look that overtook the write could miss what a wake that the write then wipes out was for.
        _ = Interlocked.Exchange(ref _state, Quiet);

    /// <summary>Waits again, on behalf of the waiter; not where it has been woken since <see cref="TakeWake"/>.</summary>
    protected bool TryWaitAgain() => Interlocked.CompareExchange(ref _state, Waiting, Quiet) == Quiet;

    /// <summary>Sees to it that <see cref="Resume"/> is called, on another thread.</summary>
    protected virtual void ScheduleLive() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    /// <summary>The same, for what has time.</summary>
    protected virtual void ScheduleReplay() => ScheduleLive();

    /// <summary>Waits to be woken. One wait at a time.</summary>
    protected ValueTask WaitAsync() => new(this, Wakeup);

    /// <summary>Lets others go first. A wake meanwhile is answered by going on.</summary>
    protected ValueTask YieldAsync(bool isReplay) => new(this, isReplay ? ReplayTurn : Turn);
}
