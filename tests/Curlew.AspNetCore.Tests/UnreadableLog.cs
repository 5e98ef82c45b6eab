using Curlew.Protocol;

namespace Curlew.AspNetCore.Tests;

/// <summary>A log whose store went away after the hub had started: its tail goes on, and every question fails.</summary>
internal sealed class UnreadableLog(MemoryEventLog log) : IEventLog
{
    private int _questions;

    public ValueTask<EventId> AppendAsync(IReadOnlyList<NewEvent> batch, string? idempotencyKey, CancellationToken cancellationToken) =>
        log.AppendAsync(batch, idempotencyKey, cancellationToken);

    public ValueTask<EventPage> ReadAsync(EventId after, int maxEvents, CancellationToken cancellationToken) => throw Unavailable();

    public ValueTask<EventPage> ReadBackAsync(EventId before, int maxEvents, CancellationToken cancellationToken) => log.ReadBackAsync(before, maxEvents, cancellationToken);

    public ValueTask<bool> ContainsAsync(EventId id, CancellationToken cancellationToken) => throw Unavailable();

    // The first is the hub's own, at its start.
    public ValueTask<LogBounds> GetBoundsAsync(CancellationToken cancellationToken) =>
        Interlocked.Increment(ref _questions) == 1 ? log.GetBoundsAsync(cancellationToken) : throw Unavailable();

    public IAsyncEnumerable<EventPage> TailAsync(EventId after, CancellationToken cancellationToken) => log.TailAsync(after, cancellationToken);

    public ValueTask<LogBounds> TrimAsync(CancellationToken cancellationToken) => log.TrimAsync(cancellationToken);

    public ValueTask DisposeAsync() => log.DisposeAsync();

    private static EventLogUnavailableException Unavailable() => new("The store is away.");

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
    internal sealed class Factory(TimeProvider time) : IEventLogFactory
    {
        public IEventLog Create(string hub, HubOptions options) => new UnreadableLog(new MemoryEventLog(options, time));
    }
}
