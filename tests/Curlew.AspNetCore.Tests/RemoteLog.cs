using Curlew.Protocol;

namespace Curlew.AspNetCore.Tests;

/// <summary>A log stored elsewhere, whose store may go away or hold its pages back. Its tail goes on all the same.</summary>
internal sealed class RemoteLog(MemoryEventLog log) : IEventLog
{
    private readonly SemaphoreSlim _pages = new(0);
    private int _asked;

    /// <summary>Whether every question fails.</summary>
    public bool IsAway { get; set; }

    /// <summary>Whether a page comes only when <see cref="LetPage"/> lets it.</summary>
    public bool IsSlow { get; set; }

    /// <summary>How many pages were asked for.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public static void Use(CurlewBuilder curlew) => curlew.Services.AddSingleton<IEventLogFactory, Factory>();

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

    public ValueTask<LogBounds> GetBoundsAsync(CancellationToken cancellationToken) => Reach().GetBoundsAsync(cancellationToken);

    public IAsyncEnumerable<EventPage> TailAsync(EventId after, CancellationToken cancellationToken) => log.TailAsync(after, cancellationToken);

    public ValueTask<LogBounds> TrimAsync(CancellationToken cancellationToken) => log.TrimAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        _pages.Dispose();
        return log.DisposeAsync();
    }

    private MemoryEventLog Reach() => IsAway ? throw new EventLogUnavailableException("The store is away.") : log;

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
    private sealed class Factory(TimeProvider time) : IEventLogFactory
    {
        public IEventLog Create(string hub, HubOptions options) => new RemoteLog(new MemoryEventLog(options, time));
    }
}
