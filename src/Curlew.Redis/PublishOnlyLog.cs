using System.Runtime.CompilerServices;
using Curlew.Protocol;

namespace Curlew.Redis;

/// <summary>A log as a process has it that serves no streams: it is appended to, and nothing is ever read of it.</summary>
internal sealed class PublishOnlyLog(IEventLog log) : IEventLog, IConnectedLog
{
    public string? Trouble => (log as IConnectedLog)?.Trouble;

    public ValueTask<EventId> AppendAsync(IReadOnlyList<NewEvent> batch, string? idempotencyKey, CancellationToken cancellationToken) =>
        log.AppendAsync(batch, idempotencyKey, cancellationToken);

    public ValueTask<EventPage> ReadAsync(EventId after, int maxEvents, CancellationToken cancellationToken) => new(new EventPage([], default));

    public ValueTask<EventPage> ReadBackAsync(EventId before, int maxEvents, CancellationToken cancellationToken) => new(new EventPage([], default));

    public ValueTask<bool> ContainsAsync(EventId id, CancellationToken cancellationToken) => default;

    public ValueTask<LogBounds> GetBoundsAsync(CancellationToken cancellationToken) => default;

    public async IAsyncEnumerable<EventPage> TailAsync(EventId after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new([], default);
        var never = new TaskCompletionSource();
        await never.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<LogBounds> TrimAsync(CancellationToken cancellationToken) => default;

    public ValueTask DisposeAsync() => log.DisposeAsync();
}
