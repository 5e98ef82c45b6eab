using System.Diagnostics.CodeAnalysis;

namespace Curlew;

/// <summary>
/// Runs the loops of streams: those that have something live to send before those that catch up, many of them in turn on few threads, so that an event
/// costs no dispatch for each client. Loops that it runs never block. Thread-safe.
/// </summary>
internal sealed class StreamScheduler : IThreadPoolWorkItem
{
    // How many loops a thread takes at once: enough to spare the lock, few enough to leave some to the other threads.
    private const int Turn = 16;

    [ThreadStatic]
    private static WakeSignal[]? s_turn;

    private readonly int _maxWorkers;
    private readonly int _maxReplaying;

    // Guards everything below it.
    private readonly Lock _lock = new();
    private Line _live;
    private Line _replaying;
    private int _workers;
    private int _replayingWorkers;

    /// <param name="processors">The processors of the machine.</param>
    public StreamScheduler(int processors)
    {
        // One is always free of replays, so that a storm of them does not hold up what is live.
        _maxWorkers = Math.Max(2, processors);
        _maxReplaying = Math.Max(1, processors / 2);
    }

    /// <summary>The process's: its threads are those of the thread pool, which is one too.</summary>
    public static StreamScheduler Shared { get; } = new(Environment.ProcessorCount);

    /// <summary>Runs a loop that has something live to send, or anything else to do.</summary>
    public void ScheduleLive(WakeSignal stream)
    {
        lock (_lock)
        {
            _live.Enqueue(stream);
            // The first at once, the others as there is work for them.
            if (_workers >= _maxWorkers || _live.Count <= (_workers - _replayingWorkers) * (Turn / 2))
                return;
            _workers++;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
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

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var turn = s_turn ??= new WakeSignal[Turn];
        while (Take(turn, out var isReplay) is var count and > 0)
        {
            for (var i = 0; i < count; i++)
            {
                turn[i].Resume();
                turn[i] = null!;
            }

            if (!isReplay)
                continue;
            lock (_lock)
                _replayingWorkers--;
        }
    }

    /// <summary>Takes what to run next; none ends the worker.</summary>
    private int Take(WakeSignal[] turn, out bool isReplay)
    {
        lock (_lock)
        {
            isReplay = false;
            var count = 0;
            while (count < Turn && _live.TryDequeue(out var stream))
                turn[count++] = stream;
            if (count > 0)
                return count;
            if (_replayingWorkers < _maxReplaying && _replaying.TryDequeue(out turn[0]!))
            {
                _replayingWorkers++;
                isReplay = true;
                return 1;
            }

            _workers--;
            return 0;
        }
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
