namespace Curlew.Tests.Simulation;

/// <summary>
/// A node's client of the store. What is asked is answered later, when the schedule says so, on the schedule's thread. Between the events of a page and
/// its bounds other things may happen, and so they may while an answer is on its way.
/// </summary>
internal sealed class StoredLog(StoredStore store) : IEventLog
{
    // Guards the list: a waiting read goes on in the thread pool.
    private readonly Lock _lock = new();
    private readonly List<Operation> _underWay = [];

    /// <summary>The last answer that says what is left after trimming.</summary>
    public LogBounds Trimmed { get; private set; }

    public bool HasReadUnderWay
    {
        get
        {
            lock (_lock)
                return _underWay.Exists(static operation => operation.Name == "read");
        }
    }

    public ValueTask<EventId> AppendAsync(IReadOnlyList<NewEvent> batch, string? idempotencyKey, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The schedule appends to the store.");

    public ValueTask<EventPage> ReadAsync(EventId after, int maxEvents, CancellationToken cancellationToken)
    {
        ModelEvent[]? events = null;
        return Start("read", () => Advance(ref events, () => store.Take(after, maxEvents)), () => store.Encode(events!), cancellationToken);
    }

    public ValueTask<EventPage> ReadBackAsync(EventId before, int maxEvents, CancellationToken cancellationToken)
    {
        ModelEvent[]? events = null;
        return Start("read back", () => Advance(ref events, () => store.TakeBack(before, maxEvents)), () => store.Encode(events!), cancellationToken);
    }

    public ValueTask<bool> ContainsAsync(EventId id, CancellationToken cancellationToken) =>
        Start("contains", static () => true, () => store.Holds(id), cancellationToken);

    public ValueTask<LogBounds> GetBoundsAsync(CancellationToken cancellationToken) =>
        Start("bounds", static () => true, () => store.Bounds, cancellationToken);

    public ValueTask<LogBounds> TrimAsync(CancellationToken cancellationToken) =>
        Start("trim", static () => true, () => Trimmed = store.Bounds, cancellationToken);

    public IAsyncEnumerable<EventPage> TailAsync(EventId after, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The schedule is the tail.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Lets an operation go on by one round trip, or fail.</summary>
    public string? Advance(Random random, bool mayFail)
    {
        Operation operation;
        lock (_lock)
        {
            if (_underWay.Count == 0)
                return null;
            operation = _underWay[random.Next(_underWay.Count)];
        }

        var fails = mayFail && random.Next(30) == 0;
        if (!fails && operation.Prepare(random) is { } step)
            return $"{operation.Name}: {step}";
        lock (_lock)
            _underWay.Remove(operation);
        if (fails)
            operation.Fail();
        else
            operation.Complete();
        return operation.Name + (fails ? ": fails" : ": answered");
    }

    private static bool Advance(ref ModelEvent[]? events, Func<ModelEvent[]> read)
    {
        var isSecond = events is not null;
        events ??= read();
        return isSecond;
    }

    // The completion is awaited inline: whatever follows from an answer happens within the schedule's step.
    private ValueTask<T> Start<T>(string name, Func<bool> isReady, Func<T> answer, CancellationToken cancellationToken)
    {
        var completion = new TaskCompletionSource<T>();
        (bool IsMade, T Value) made = default;
        var operation = new Operation(
            name, Prepare, () => completion.TrySetResult(made.Value), () => completion.TrySetException(new EventLogUnavailableException("The store is away.")));
        lock (_lock)
            _underWay.Add(operation);
        cancellationToken.Register(() =>
        {
            lock (_lock)
                _underWay.Remove(operation);
            completion.TrySetCanceled(cancellationToken);
        });
        return new(completion.Task);

        string? Prepare(Random random)
        {
            if (made.IsMade)
                return null;
            if (!isReady())
                return "the events are read";
            made = (true, answer());
            return random.Next(2) == 0 ? "the answer is on its way" : null;
        }
    }

    /// <param name="Name">What is asked.</param>
    /// <param name="Prepare">Goes on with it; says what was done, or nothing where it can be completed.</param>
    /// <param name="Complete">Gives the answer.</param>
    /// <param name="Fail">Gives none.</param>
    private sealed record Operation(string Name, Func<Random, string?> Prepare, Action Complete, Action Fail);
}
