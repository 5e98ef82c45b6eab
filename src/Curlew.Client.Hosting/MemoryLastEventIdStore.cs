using System.Collections.Concurrent;

namespace Curlew.Client;

/// <summary>Keeps ids for as long as the process runs.</summary>
public sealed class MemoryLastEventIdStore : ILastEventIdStore
{
    private readonly ConcurrentDictionary<string, string> _ids = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValueTask<string?> LoadAsync(string source, CancellationToken cancel) => new(_ids.GetValueOrDefault(source));

    /// <inheritdoc/>
    public ValueTask SaveAsync(string source, string lastEventId, CancellationToken cancel)
    {
        _ids[source] = lastEventId;
        return ValueTask.CompletedTask;
    }
}
