namespace Curlew.Tests;

/// <summary>A log whose content, bounds and moments of answering a test sets.</summary>
internal sealed class ScriptedLog : IEventLog
{
    /// <summary>What it holds, in order.</summary>
    public List<Frame> Frames { get; } = [];

    public EventId TrimmedThrough { get; set; }

    /// <summary>The newest id given, where that event is held no more.</summary>
    public EventId? NewestGiven { get; set; }

    public EventId HalfwayThrough { get; set; }

    /// <summary>The most events of a page.</summary>
    public int MaxPage { get; set; } = int.MaxValue;

    /// <summary>What is awaited after an answer was made and before it is given.</summary>
    public Func<string, Task>? BeforeAnswer { get; set; }

    /// <summary>What happens instead of an append.</summary>
    public Func<IReadOnlyList<NewEvent>, string?, CancellationToken, ValueTask<EventId>>? Append { get; set; }

    /// <summary>What the tail gives, where the test itself is not the tail.</summary>
    public Func<EventId, CancellationToken, IAsyncEnumerable<EventPage>>? Tail { get; set; }

    public int Reads { get; private set; }

    public int BoundsAsked { get; private set; }

    public LogBounds Bounds => new(TrimmedThrough, Held.Select(static frame => (EventId?)frame.Id).FirstOrDefault(), NewestGiven ?? Frames.Select(static frame => frame.Id).LastOrDefault(TrimmedThrough), HalfwayThrough);

    private IEnumerable<Frame> Held => Frames.Where(frame => frame.Id > TrimmedThrough);

    public ValueTask<EventId> AppendAsync(IReadOnlyList<NewEvent> batch, string? idempotencyKey, CancellationToken cancellationToken) =>
        Append?.Invoke(batch, idempotencyKey, cancellationToken) ?? throw new EventLogUnavailableException("It takes no events.");

    public ValueTask<EventPage> ReadAsync(EventId after, int maxEvents, CancellationToken cancellationToken)
    {
        Reads++;
        return AnswerAsync("read", new EventPage([.. Held.Where(frame => frame.Id > after).Take(Math.Min(maxEvents, MaxPage))], Bounds));
    }

    public ValueTask<EventPage> ReadBackAsync(EventId before, int maxEvents, CancellationToken cancellationToken) =>
        AnswerAsync("read back", new EventPage([.. Held.Where(frame => frame.Id < before).TakeLast(Math.Min(maxEvents, MaxPage))], Bounds));

    public ValueTask<bool> ContainsAsync(EventId id, CancellationToken cancellationToken) => AnswerAsync("contains", Held.Any(frame => frame.Id == id));

    public ValueTask<LogBounds> GetBoundsAsync(CancellationToken cancellationToken)
    {
        BoundsAsked++;
        return AnswerAsync("bounds", Bounds);
    }

    public ValueTask<LogBounds> TrimAsync(CancellationToken cancellationToken) => AnswerAsync("trim", Bounds);

    public IAsyncEnumerable<EventPage> TailAsync(EventId after, CancellationToken cancellationToken) =>
        Tail?.Invoke(after, cancellationToken) ?? throw new NotSupportedException("The test is the tail.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The page of a tail that holds these events.</summary>
    public EventPage Page(IEnumerable<Frame> frames, bool isReset = false) => new([.. frames], Bounds, isReset);

    private async ValueTask<T> AnswerAsync<T>(string what, T answer)
    {
        if (BeforeAnswer is { } wait)
            await wait(what);
        return answer;
    }
}
