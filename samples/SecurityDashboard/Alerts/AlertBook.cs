using SecurityDashboard.Correlation;

namespace SecurityDashboard.Alerts;

/// <summary>The alerts, each as an event of the hub <c>alerts</c> whenever it changes. Thread-safe.</summary>
/// <remarks>
/// What is kept here, the newest alerts up to <paramref name="capacity"/>, only decides which changes are allowed; viewers build their picture from the hub's
/// log.
/// </remarks>
internal sealed class AlertBook(IEventPublisher events, TimeProvider time, int capacity = 5_000) : IDisposable
{
    public const string Hub = "alerts";
    private const string Topic = "alerts";
    private const string EventType = "alert";

    private readonly IEventPublisher _hub = events.Hub(Hub);
    // Guards what follows.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Alert> _alerts = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    // One change after the other, each in the log before the next is looked at: of two analysts who acknowledge, one is told that he was second.
    private readonly SemaphoreSlim _changing = new(1);

    /// <summary>The alerts, oldest first.</summary>
    public IReadOnlyList<Alert> All
    {
        get
        {
            lock (_gate)
                return [.. _order.Select(id => _alerts[id])];
        }
    }

    /// <summary>Raises an alert, unless it was raised before.</summary>
    public void Raise(Detection detection)
    {
        var record = detection.Record;
        var alert = new Alert
        {
            Id = detection.Id,
            Rule = detection.Rule.Id,
            Name = detection.Rule.Name,
            Severity = detection.Rule.Severity,
            Message = detection.Message,
            Time = record.Time,
            RaisedAt = time.GetUtcNow(),
            Address = record.Address,
            User = record.User,
            Host = record.Host,
        };
        lock (_gate)
        {
            if (!_alerts.TryAdd(alert.Id, alert))
                return;
            _order.Enqueue(alert.Id);
            if (_order.Count > capacity)
                _alerts.Remove(_order.Dequeue());
        }

        // By way of the outbox, which tries until the log takes it: the records that led here are not read a second time. The key is for the case that they
        // are, by another process.
        _hub.Enqueue(Topic, alert, EventType, key: alert.Id);
    }

    /// <summary>Changes an alert to the state that follows its own.</summary>
    /// <returns>The alert as it is afterwards and whether it was changed; null if there is none of this id.</returns>
    /// <exception cref="EventLogUnavailableException">The log takes no events now; nothing has changed.</exception>
    public async Task<(Alert Alert, bool IsChanged)?> ChangeAsync(string id, AlertState state, string by, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            Alert? alert;
            lock (_gate)
            {
                if (!_alerts.TryGetValue(id, out alert))
                    return null;
            }

            if (alert.State != state - 1)
                return (alert, false);
            alert = alert with { State = state, ChangedAt = time.GetUtcNow(), ChangedBy = by };
            await _hub.PublishAsync(Topic, alert, EventType, key: $"{id}/{state}", cancellationToken: cancellationToken);
            lock (_gate)
            {
                if (_alerts.ContainsKey(id))
                    _alerts[id] = alert;
            }

            return (alert, true);
        }
        finally
        {
            _changing.Release();
        }
    }

    public void Dispose() => _changing.Dispose();
}
