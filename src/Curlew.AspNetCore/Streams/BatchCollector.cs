using System.Diagnostics.CodeAnalysis;

namespace Curlew;

/// <summary>
/// Collects the items of one enumeration into batches. The source's pending move outlives the batch that could not wait for it: its item begins the next one.
/// The end of a move and the timer only wake the collector, which then looks for itself; a wake that comes late does no harm.
/// </summary>
[SuppressMessage("Reliability", "CA2012", Justification = "Held while it is pending, and its result taken once.")]
internal sealed class BatchCollector<T> : WakeSignal, IAsyncDisposable
{
    private readonly IAsyncEnumerable<T> _source;
    private readonly int _atMost;
    private readonly TimeSpan _within;
    private readonly TimeProvider _time;
    private readonly CancellationToken _cancellationToken;
    // The source's own token: a consumer that leaves must not have to wait for the next item.
    private readonly CancellationTokenSource _cancel;
    private readonly Action _onMoved;
    private IAsyncEnumerator<T>? _items;
    private ITimer? _timer;
    private ValueTask<bool> _move;
    private bool _isMoving;
    private bool _hasEnded;
    // When the pending move ended. Written before _hasMoved is set, read after.
    private long _movedAt;
    // Set by the thread that ends the pending move, taken by the collector.
    private bool _hasMoved;
    // Set by the collector; cleared by it, or by the timer when it fires.
    private bool _isTimerSet;

    public BatchCollector(IAsyncEnumerable<T> source, int atMost, TimeSpan within, TimeProvider time, CancellationToken cancellationToken)
    {
        (_source, _atMost, _within, _time, _cancellationToken) = (source, atMost, within, time, cancellationToken);
        _cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _onMoved = OnMoved;
    }

    /// <summary>The next batch; an empty one when the source has ended. Not to be called again before it has returned.</summary>
    public async ValueTask<List<T>> CollectAsync()
    {
        _cancellationToken.ThrowIfCancellationRequested();
        List<T> batch = [];
        // When the first item came, and when it was taken, which is later where it had been read ahead.
        long first = 0, begun = 0;
        while (!_hasEnded && batch.Count < _atMost && (batch.Count == 0 || _time.GetElapsedTime(begun) < _within))
        {
            if (!HasMoved())
            {
                if (batch.Count > 0 && !SetTimer(first))
                    break;
                await WaitAsync().ConfigureAwait(false);
                continue;
            }

            // A failure stays where it is until what was collected has been given.
            if (batch.Count > 0 && !_move.IsCompletedSuccessfully)
                break;
            (_isMoving, _hasEnded) = (false, true);
            _hasEnded = !_move.GetAwaiter().GetResult();
            if (_hasEnded)
                break;
            if (batch.Count == 0)
                (first, begun) = (_movedAt, _time.GetTimestamp());
            batch.Add(_items!.Current);
        }

        if (_isTimerSet)
        {
            _isTimerSet = false;
            _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        return batch;
    }

    /// <summary>Ends the source, as soon as its pending move lets go. What that still brings, an item or a failure, nobody has asked for.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _cancel.CancelAsync().ConfigureAwait(false);
            if (_isMoving)
            {
                // An iterator cannot be disposed while it moves.
                while (!Volatile.Read(ref _hasMoved))
                    await WaitAsync().ConfigureAwait(false);
                _ = _move.AsTask().Exception;
            }
        }
        finally
        {
            _cancel.Dispose();
            if (_timer is not null)
                await _timer.DisposeAsync().ConfigureAwait(false);
            if (_items is not null)
                await _items.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Whether a move has ended; begins one where none is pending.</summary>
    private bool HasMoved()
    {
        if (_isMoving)
            return Volatile.Read(ref _hasMoved);
        _isMoving = true;
        try
        {
            _items ??= _source.GetAsyncEnumerator(_cancel.Token);
            _move = _items.MoveNextAsync();
        }
        catch (Exception e)
        {
            _move = ValueTask.FromException<bool>(e);
        }

        _hasMoved = _move.IsCompleted;
        if (_hasMoved)
            _movedAt = _time.GetTimestamp();
        else
            _move.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onMoved);
        return Volatile.Read(ref _hasMoved);
    }

    private void OnMoved()
    {
        _movedAt = _time.GetTimestamp();
        Volatile.Write(ref _hasMoved, true);
        Wake();
    }

    /// <returns>Whether there is time left for the batch whose first item came at this time.</returns>
    private bool SetTimer(long first)
    {
        var left = _within - _time.GetElapsedTime(first);
        if (left <= TimeSpan.Zero)
            return false;
        if (Volatile.Read(ref _isTimerSet))
            return true;
        _isTimerSet = true;
        _timer ??= _time.CreateTimer(static state => ((BatchCollector<T>)state!).OnTime(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // Up to the next whole millisecond: a timer takes no fractions.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        return true;
    }

    private void OnTime()
    {
        Volatile.Write(ref _isTimerSet, false);
        Wake();
    }
}
