namespace Curlew.Testing;

/// <summary>
/// A clock that stands still until a test moves it. Timers fire in the order of their due times, on the thread that calls
/// <see cref="Advance"/>, each at exactly its due time; one that is due at once fires at the next call, even of zero.
/// </summary>
/// <remarks>Thread-safe. Calls of <see cref="Advance"/> follow each other; a timer's callback may call it too.</remarks>
/// <param name="start">The first time; 2026-01-01T00:00:00Z if not given.</param>
public sealed class ManualTimeProvider(DateTimeOffset? start = null) : TimeProvider
{
    // Held while callbacks run, so that two threads that advance do not fire timers out of order.
    private readonly Lock _advancing = new();

    // Protects everything below; never held while a callback runs.
    private readonly Lock _gate = new();
    private readonly SortedSet<ManualTimer> _scheduled = new(ManualTimer.ByDueTime);
    private DateTimeOffset _origin = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private TimeSpan _elapsed;
    private long _sequence;

    /// <summary>The number of timers that have a due time.</summary>
    public int ActiveTimers
    {
        get
        {
            lock (_gate)
                return _scheduled.Count;
        }
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _origin + _elapsed;
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_gate)
            return _elapsed.Ticks;
    }

    /// <summary>Lets time pass, and fires what falls due on the way.</summary>
    /// <param name="duration">Not negative.</param>
    public void Advance(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        lock (_advancing)
        {
            TimeSpan target;
            lock (_gate)
                target = _elapsed + duration;
            while (TakeDue(target) is { } timer)
                timer.Fire();
        }
    }

    /// <summary>Sets the wall clock, forwards or back, without letting time pass: no timer moves and no timestamp changes.</summary>
    /// <param name="now">What the wall clock then shows.</param>
    public void SetUtcNow(DateTimeOffset now)
    {
        lock (_gate)
            _origin = now - _elapsed;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeDue(TimeSpan target)
    {
        lock (_gate)
        {
            var next = _scheduled.Min;
            if (next is null || next.Due > target)
            {
                // A callback may have advanced the clock further than this call meant to.
                if (_elapsed < target)
                    _elapsed = target;
                return null;
            }

            if (_elapsed < next.Due)
                _elapsed = next.Due;
            _scheduled.Remove(next);
            if (next.Period > TimeSpan.Zero)
                Schedule(next, next.Due + next.Period);
            return next;
        }
    }

    private void Schedule(ManualTimer timer, TimeSpan due)
    {
        timer.Due = due;
        timer.Sequence = _sequence++;
        _scheduled.Add(timer);
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        public static readonly Comparer<ManualTimer> ByDueTime = Comparer<ManualTimer>.Create(static (left, right) =>
            left.Due.CompareTo(right.Due) is var order and not 0 ? order : left.Sequence.CompareTo(right.Sequence));

        private bool _isDisposed;

        public TimeSpan Due { get; set; }

        public long Sequence { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ThrowIfNeitherDurationNorInfinite(dueTime, nameof(dueTime));
            ThrowIfNeitherDurationNorInfinite(period, nameof(period));
            lock (clock._gate)
            {
                if (_isDisposed)
                    return false;
                clock._scheduled.Remove(this);
                Period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    clock.Schedule(this, clock._elapsed + dueTime);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                _isDisposed = true;
                clock._scheduled.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private static void ThrowIfNeitherDurationNorInfinite(TimeSpan value, string name)
        {
            if (value != Timeout.InfiniteTimeSpan)
                ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero, name);
        }
    }
}
