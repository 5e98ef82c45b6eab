using System.Buffers;

namespace Curlew.Hub.Publishing;

/// <summary>
/// Collects lines into batches between one who adds and one who takes. A batch is handed out when it is full, or when
/// <see cref="BatchLimits.Delay"/> has passed since its first line; until somebody takes it, it goes on growing until it is full,
/// and then the one who adds waits. So lines that trickle leave soon, and behind a slow hub batches grow instead of piling up.
/// </summary>
internal sealed class LineBatcher : IDisposable
{
    private readonly BatchLimits _limits;
    private readonly LineEncoder _encoder;
    private readonly ITimer _dueTimer;

    // Protects everything below, which the one who adds, the one who takes and the timer share.
    private readonly Lock _gate = new();
    private LineBatch _collecting = new(firstLine: 1);
    private bool _isDue;
    private bool _isFull;
    private bool _isCompleted;
    private TaskCompletionSource<LineBatch?>? _taker;
    private TaskCompletionSource? _adder;

    public LineBatcher(BatchLimits limits, LineEncoder encoder, TimeProvider time)
    {
        _limits = limits;
        _encoder = encoder;
        _dueTimer = time.CreateTimer(static batcher => ((LineBatcher)batcher!).OnDelayPassed(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Adds a line; waits while the batch being collected is full.</summary>
    public async ValueTask AddAsync(ReadOnlySequence<byte> line, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task roomMade;
            lock (_gate)
            {
                if (TryAdd(line))
                    return;
                _adder = new(TaskCreationOptions.RunContinuationsAsynchronously);
                roomMade = _adder.Task;
            }

            await roomMade.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits for the next batch that is full or due; null when all lines have been taken after <see cref="Complete"/>.</summary>
    public Task<LineBatch?> TakeAsync()
    {
        lock (_gate)
        {
            if (TryHandOut(out var batch))
                return Task.FromResult(batch);
            _taker = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _taker.Task;
        }
    }

    /// <summary>No more lines will come: what has been collected is due at once.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isCompleted = true;
            ServeTaker();
        }
    }

    public void Dispose()
    {
        _dueTimer.Dispose();
        _encoder.Dispose();
    }

    private void OnDelayPassed()
    {
        lock (_gate)
        {
            // A timer that fired while its batch was taken speaks of the next one too early; that one leaves a little sooner.
            _isDue = true;
            ServeTaker();
        }
    }

    private bool TryAdd(in ReadOnlySequence<byte> line)
    {
        if (_isFull)
            return false;
        if (_collecting.Count > 0 && _collecting.Bytes + _encoder.EstimateBytes(line) > _limits.MaxBytes)
        {
            _isFull = true;
            ServeTaker();
            if (_isFull)
                return false;
        }

        _collecting.Add(line, _encoder);
        _isFull = _collecting.Count >= _limits.MaxLines || _collecting.Bytes >= _limits.MaxBytes;
        if (_collecting.Count == 1)
        {
            _isDue = false;
            _dueTimer.Change(_limits.Delay, Timeout.InfiniteTimeSpan);
        }

        ServeTaker();
        return true;
    }

    private void ServeTaker()
    {
        if (_taker is not null && TryHandOut(out var batch))
        {
            _taker.SetResult(batch);
            _taker = null;
        }
    }

    private bool TryHandOut(out LineBatch? batch)
    {
        batch = null;
        if (_collecting.Count == 0)
            return _isCompleted;
        if (!_isFull && !_isDue && !_isCompleted)
            return false;

        batch = _collecting;
        _collecting = new(batch.FirstLine + batch.Count);
        _isFull = false;
        _adder?.TrySetResult();
        _adder = null;
        return true;
    }
}
