using System.Diagnostics.CodeAnalysis;

namespace Curlew;

/// <summary>
/// Runs the loops of streams: those that have something live to send before those that catch up, many of them in turn on few threads, so that an event
/// costs no dispatch for each client. The threads are its own: what is sent does not wait behind requests in the thread pool, of which a storm of reconnects
/// brings thousands at once. Loops that it runs never block. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Its threads wait for the calls to the end of the process.")]
internal sealed class StreamScheduler
{
    // How many loops a thread takes at once: enough to spare the lock, few enough to leave some to the other threads.
    private const int Turn = 16;

    // After so many turns of a thread, while something live waits, one of those goes on who yield to it.
    private const int TurnsForOneOther = 4;

    private readonly Semaphore _calls = new(0, int.MaxValue);
    private readonly int _maxWorkers;
    private readonly int _maxReplaying;

    // Guards everything below it.
    private readonly Lock _lock = new();
    private Line _live;
    private Line _replaying;
    // Threads that look for work, or are about to.
    private int _workers;
    private int _replayingWorkers;
    // Threads that wait to be called.
    private int _sleeping;
    // Written under the lock, read by anyone.
    private volatile bool _isBusy;
    private Action<int>? _admit;

    /// <param name="processors">The processors of the machine.</param>
    public StreamScheduler(int processors)
    {
        // One is always free of replays, so that a storm of them does not hold up what is live.
        _maxWorkers = Math.Max(2, processors);
        _maxReplaying = Math.Max(1, processors / 2);
    }

    /// <summary>The process's. Its threads are made as they are needed, as many as there are processors, and stay.</summary>
    public static StreamScheduler Shared { get; } = new(Environment.ProcessorCount);

    /// <summary>Whether something live waits to be sent: other work that can wait should, as <see cref="AddYielding"/> has it.</summary>
    public bool IsBusy => _isBusy;

    /// <summary>
    /// Adds other work that yields while it is busy. Its threads tell it, outside of the lock, when they are no longer, and now and then while they are: with
    /// how many may go on nevertheless.
    /// </summary>
    public void AddYielding(Action<int> admit)
    {
        lock (_lock)
            _admit += admit;
    }

    /// <summary>Removes what was added.</summary>
    public void RemoveYielding(Action<int> admit)
    {
        lock (_lock)
            _admit -= admit;
    }

    /// <summary>Runs a loop that has something live to send, or anything else to do.</summary>
    public void ScheduleLive(WakeSignal stream)
    {
        lock (_lock)
        {
            _live.Enqueue(stream);
            _isBusy = true;
            // The first at once, the others as there is work for them.
            if (_workers >= _maxWorkers || _live.Count <= (_workers - _replayingWorkers) * 2 * Turn)
                return;
            _workers++;
        }

        CallWorker();
    }

    /// <summary>Runs a loop that catches up, when nothing live waits and its turn has come.</summary>
    public void ScheduleReplay(WakeSignal stream)
    {
        lock (_lock)
        {
            _replaying.Enqueue(stream);
            if (_workers >= _maxWorkers || _replayingWorkers >= _maxReplaying)
                return;
            _workers++;
        }

        CallWorker();
    }

    /// <summary>Wakes a thread that sleeps, or makes one. Not under the lock, for which it would wait at once.</summary>
    private void CallWorker()
    {
        lock (_lock)
        {
            if (_sleeping == 0)
            {
                StartWorker();
                return;
            }

            _sleeping--;
        }

        _calls.Release();
    }

    private void StartWorker()
    {
        try
        {
            new Thread(Work) { Name = "Curlew streams", IsBackground = true }.UnsafeStart();
        }
        catch (OutOfMemoryException)
        {
            // The system gives no more threads, as where the process may open no more files. Whoever schedules next tries again.
            _workers--;
        }
    }

    private void Work()
    {
        var turn = new WakeSignal[Turn];
        for (var turns = 1; ; turns++)
        {
            var count = TakeOrSleep(turn, out var isReplay);
            for (var i = 0; i < count; i++)
            {
                turn[i].Resume();
                turn[i] = null!;
            }

            if (isReplay)
            {
                lock (_lock)
                    _replayingWorkers--;
            }
            else if (_isBusy && turns % TurnsForOneOther == 0)
            {
                _admit?.Invoke(1);
            }
        }
    }

    private int TakeOrSleep(WakeSignal[] turn, out bool isReplay)
    {
        while (true)
        {
            int count;
            bool wasBusy;
            lock (_lock)
            {
                count = Take(turn, out isReplay);
                wasBusy = _isBusy && (isReplay || count == 0);
                if (wasBusy)
                    _isBusy = false;
                if (count == 0)
                {
                    _workers--;
                    _sleeping++;
                }
            }

            if (wasBusy)
                _admit?.Invoke(0);
            if (count > 0)
                return count;
            _calls.WaitOne();
        }
    }

    /// <summary>Takes what to run next. Called under the lock.</summary>
    private int Take(WakeSignal[] turn, out bool isReplay)
    {
        isReplay = false;
        var count = 0;
        while (count < Turn && _live.TryDequeue(out var stream))
            turn[count++] = stream;
        if (count > 0)
            return count;
        if (_replayingWorkers >= _maxReplaying || !_replaying.TryDequeue(out turn[0]!))
            return 0;
        _replayingWorkers++;
        isReplay = true;
        return 1;
    }

    /// <summary>A queue that is linked through what stands in it, each in one place at the most. A mutable struct: kept in a field, guarded by its owner.</summary>
    private struct Line
    {
        private WakeSignal? _first;
        private WakeSignal? _last;

        public int Count { get; private set; }

        public void Enqueue(WakeSignal stream)
        {
            if (_last is null)
                _first = stream;
            else
                _last.Next = stream;
            _last = stream;
            Count++;
        }

        public bool TryDequeue([NotNullWhen(true)] out WakeSignal? stream)
        {
            stream = _first;
            if (stream is null)
                return false;
            _first = stream.Next;
            stream.Next = null;
            if (_first is null)
                _last = null;
            Count--;
            return true;
        }
    }
}
