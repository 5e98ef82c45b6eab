using System.Threading.Tasks.Sources;

namespace Curlew;

/// <summary>
/// An auto-reset event for one waiter that allocates nothing: a wake while nobody waits is kept, several count as one. The waiter goes on in the
/// thread pool, never in the thread that wakes it.
/// </summary>
internal abstract class WakeSignal : IValueTaskSource
{
    private const int Quiet = 0;
    private const int Woken = 1;
    private const int Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    // Moves from quiet to waiting by the waiter, to woken by whoever wakes, and back to quiet by the waiter, each with one interlocked exchange.
    private int _state;

    public void Wake()
    {
        if (Interlocked.Exchange(ref _state, Woken) == Waiting)
            _core.SetResult(true);
    }

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

    protected ValueTask WaitAsync()
    {
        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Quiet) == Quiet)
            return new(this, _core.Version);
        _ = Interlocked.Exchange(ref _state, Quiet);
        return default;
    }
}
