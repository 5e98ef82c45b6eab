using Curlew.Protocol;

namespace Curlew.AspNetCore.Tests;

/// <summary>A log stored elsewhere, whose pages come when the test lets them.</summary>
internal sealed class GatedLog(MemoryEventLog log) : IEventLog
{
    private int _asked;

    public SemaphoreSlim Gate { get; } = new(0);

    /// <summary>How many pages were asked for.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public ValueTask<EventId> AppendAsync(IReadOnlyList<NewEvent> batch, string? idempotencyKey, CancellationToken cancellationToken) =>
        log.AppendAsync(batch, idempotencyKey, cancellationToken);

    public async ValueTask<EventPage> ReadAsync(EventId after, int maxEvents, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        await Gate.WaitAsync(cancellationToken);
        return await log.ReadAsync(after, maxEvents, cancellationToken);
    }

    public ValueTask<EventPage> ReadBackAsync(EventId before, int maxEvents, CancellationToken cancellationToken) => log.ReadBackAsync(before, maxEvents, cancellationToken);

    public ValueTask<bool> ContainsAsync(EventId id, CancellationToken cancellationToken) => log.ContainsAsync(id, cancellationToken);

    public ValueTask<LogBounds> GetBoundsAsync(CancellationToken cancellationToken) => log.GetBoundsAsync(cancellationToken);

    public IAsyncEnumerable<EventPage> TailAsync(EventId after, CancellationToken cancellationToken) => log.TailAsync(after, cancellationToken);

    public ValueTask<LogBounds> TrimAsync(CancellationToken cancellationToken) => log.TrimAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        Gate.Dispose();
        return log.DisposeAsync();
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
    internal sealed class Factory(TimeProvider time) : IEventLogFactory
    {
        public IEventLog Create(string hub, HubOptions options) => new GatedLog(new MemoryEventLog(options, time));
    }
}
