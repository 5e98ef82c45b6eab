namespace Curlew.Tests.Simulation;

/// <summary>
/// A node's client of the store. What is asked is answered later, when the schedule says so, on the schedule's thread; between the events of a page
/// and its bounds other things may happen.
/// </summary>
internal sealed class StoredLog(StoredStore store) : IEventLog
{
    // Guards the list: a waiting read goes on in the thread pool.
    private readonly Lock _lock = new();
    private readonly List<Operation> _underWay = [];

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
        Start("trim", static () => true, () => store.Bounds, cancellationToken);

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
        if (!fails && !operation.IsReady())
            return operation.Name + ": the events are read";
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
        var operation = new Operation(
            name, isReady, () => completion.TrySetResult(answer()), () => completion.TrySetException(new EventLogUnavailableException("The store is away.")));
        lock (_lock)
            _underWay.Add(operation);
        cancellationToken.Register(() =>
        {
            lock (_lock)
                _underWay.Remove(operation);
            completion.TrySetCanceled(cancellationToken);
        });
        return new(completion.Task);
    }

    private sealed record Operation(string Name, Func<bool> IsReady, Action Complete, Action Fail);
}
