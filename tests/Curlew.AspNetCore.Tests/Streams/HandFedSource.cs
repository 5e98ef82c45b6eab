namespace Curlew.AspNetCore.Tests.Streams;

/// <summary>A source of numbers that gives what a test feeds it, and knows when it gave it. What is fed while it is asked is given on the test's thread.</summary>
internal sealed class HandFedSource(TimeProvider time) : IAsyncEnumerable<int>, IAsyncEnumerator<int>
{
    private readonly Lock _gate = new();
    private readonly Queue<Func<bool>> _steps = new();
    private readonly List<DateTimeOffset> _givenAt = [];
    private CancellationTokenRegistration _registration;
    private TaskCompletionSource<bool>? _asked;
    private int _fed;

    /// <summary>Whether a move is pending.</summary>
    public bool IsAsked
    {
        get
        {
            lock (_gate)
                return _asked is not null;
        }
    }

    /// <summary>Whether a cancellation ends the pending move.</summary>
    public bool HeedsToken { get; init; } = true;

    /// <summary>What was called of a source that was not to be called.</summary>
    public string? Misuse { get; private set; }

    public int Fed => _fed;

    public int Disposals { get; private set; }

    public bool IsCancelled { get; private set; }

    public int Current { get; private set; }

    public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        _registration = cancellationToken.Register(() =>
        {
            IsCancelled = true;
            if (HeedsToken)
                Take()?.TrySetCanceled(cancellationToken);
        });
        return this;
    }

    /// <summary>When it gave this number.</summary>
    public DateTimeOffset GivenAt(int number)
    {
        lock (_gate)
            return _givenAt[number];
    }

    /// <summary>Gives the next number: 0, 1, 2 and so on.</summary>
    public void Feed()
    {
        var number = _fed++;
        Step(() =>
        {
            _givenAt.Add(time.GetUtcNow());
            Current = number;
            return true;
        });
    }

    public void End() => Step(static () => false);

    public void Fail() => Step(static () => throw new InvalidOperationException("It failed."));

    public ValueTask<bool> MoveNextAsync()
    {
        lock (_gate)
        {
            if (_asked is not null || Disposals > 0)
                Misuse = "moved";
            if (_steps.TryDequeue(out var step))
                return new(step());
            // Without asynchronous continuations: what waits for the move has been told when Feed returns.
            _asked = new();
            return new(_asked.Task);
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_asked is not null)
                Misuse = "disposed while it moved";
        }

        _registration.Dispose();
        Disposals++;
        return default;
    }

    private void Step(Func<bool> step)
    {
        TaskCompletionSource<bool> asked;
        bool result;
        lock (_gate)
        {
            if (_asked is null)
            {
                _steps.Enqueue(step);
                return;
            }

            (asked, _asked) = (_asked, null);
            try
            {
                result = step();
            }
            catch (InvalidOperationException e)
            {
                asked.SetException(e);
                return;
            }
        }

        asked.SetResult(result);
    }

    private TaskCompletionSource<bool>? Take()
    {
        lock (_gate)
        {
            var asked = _asked;
            _asked = null;
            return asked;
        }
    }
}
