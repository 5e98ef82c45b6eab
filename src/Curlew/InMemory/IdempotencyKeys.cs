using Curlew.Protocol;

namespace Curlew;

/// <summary>Remembers what was appended under which key: for a time, and so many at the most. Guarded by its log's lock.</summary>
internal sealed class IdempotencyKeys(TimeSpan lifetime, int maxKeys)
{
    private readonly Dictionary<string, EventId> _ids = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, DateTimeOffset Expires)> _order = new();

    public bool TryGet(string key, out EventId id) => _ids.TryGetValue(key, out id);

    public void Add(string key, EventId id, DateTimeOffset now)
    {
        _ids.Add(key, id);
        _order.Enqueue((key, now + lifetime));
        if (_order.Count > maxKeys)
            _ids.Remove(_order.Dequeue().Key);
    }

    public void Expire(DateTimeOffset now)
    {
        while (_order.TryPeek(out var oldest) && oldest.Expires <= now)
            _ids.Remove(_order.Dequeue().Key);
    }
}
