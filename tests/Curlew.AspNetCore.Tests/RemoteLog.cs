using System.Runtime.CompilerServices;
using Curlew.Protocol;

namespace Curlew.AspNetCore.Tests;

/// <summary>A log stored elsewhere, whose store may go away or hold its pages back.</summary>
internal sealed class RemoteLog(MemoryEventLog log) : IEventLog, IConnectedLog
{
    private readonly SemaphoreSlim _pages = new(0);
    private CancellationTokenSource _outage = new();
    private int _asked;

    /// <summary>Whether every question fails. The tail goes on all the same.</summary>
    public bool IsAway { get; set; }

    /// <summary>Whether the store is wholly away: every question fails, and so does the tail.</summary>
    public bool IsDown
    {
        get => _outage.IsCancellationRequested;
        set
        {
            IsAway = value;
            if (value)
                _outage.Cancel();
            else
                _outage = new();
        }
    }

    /// <summary>What the log knows to be wrong with its connection while the tail goes on.</summary>
    public string? Trouble { get; set; }

    /// <summary>Whether a page comes only when <see cref="LetPage"/> lets it.</summary>
    public bool IsSlow { get; set; }

    /// <summary>What a question for the bounds waits for.</summary>
    public Task Bounds { get; set; } = Task.CompletedTask;

    /// <summary>How many pages were asked for.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public static void Use(CurlewBuilder curlew) => Use(curlew, isDown: false);

    public static void Use(CurlewBuilder curlew, bool isDown) =>
        curlew.Services.AddSingleton<IEventLogFactory>(provider => new Factory(provider.GetRequiredService<TimeProvider>(), isDown));

    public void LetPage() => _pages.Release();

    public ValueTask<EventId> AppendAsync(IReadOnlyList<NewEvent> batch, string? idempotencyKey, CancellationToken cancellationToken) =>
        log.AppendAsync(batch, idempotencyKey, cancellationToken);

    public async ValueTask<EventPage> ReadAsync(EventId after, int maxEvents, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        if (IsSlow)
            await _pages.WaitAsync(cancellationToken);
        return await Reach().ReadAsync(after, maxEvents, cancellationToken);
    }

    public ValueTask<EventPage> ReadBackAsync(EventId before, int maxEvents, CancellationToken cancellationToken) =>
        Reach().ReadBackAsync(before, maxEvents, cancellationToken);

    public ValueTask<bool> ContainsAsync(EventId id, CancellationToken cancellationToken) => Reach().ContainsAsync(id, cancellationToken);

    public async ValueTask<LogBounds> GetBoundsAsync(CancellationToken cancellationToken)
    {
        await Bounds.WaitAsync(cancellationToken);
        return await Reach().GetBoundsAsync(cancellationToken);
    }

    public async IAsyncEnumerable<EventPage> TailAsync(EventId after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (IsDown)
            throw new EventLogUnavailableException("The store is away.");
        yield return new([], await log.GetBoundsAsync(cancellationToken));
        var outage = _outage.Token;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, outage);
        await using var pages = log.TailAsync(after, either.Token).GetAsyncEnumerator(CancellationToken.None);
        while (true)
        {
            try
            {
                await pages.MoveNextAsync();
            }
            catch (OperationCanceledException) when (outage.IsCancellationRequested)
            {
                throw new EventLogUnavailableException("The store went away.");
            }

            yield return pages.Current;
        }
    }

    public ValueTask<LogBounds> TrimAsync(CancellationToken cancellationToken) => log.TrimAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        _pages.Dispose();
        _outage.Dispose();
        return log.DisposeAsync();
    }

    private MemoryEventLog Reach() => IsAway ? throw new EventLogUnavailableException("The store is away.") : log;

    private sealed class Factory(TimeProvider time, bool isDown) : IEventLogFactory
    {
        public IEventLog Create(string hub, HubOptions options) => new RemoteLog(new MemoryEventLog(options, time)) { IsDown = isDown };
    }
}
