using SecurityDashboard.Correlation;
using EventId = Curlew.Protocol.EventId;

namespace SecurityDashboard.Alerts;

/// <summary>The alerts, each as an event of the hub <c>alerts</c> whenever it changes. Thread-safe.</summary>
/// <remarks>
/// <para>What is kept here, the newest alerts up to <paramref name="capacity"/>, only decides which changes are allowed; viewers build their picture from the
/// hub's log.</para>
/// <para>Where processes share the hub, what is kept is what the log says (<see cref="Apply"/>), and the keys of the events decide who was first.</para>
/// </remarks>
internal sealed class AlertBook(IEventPublisher events, DashboardSettings settings, TimeProvider time, int capacity = 5_000) : IDisposable
{
    public const string Hub = "alerts";
    private const string Topic = "alerts";
    public const string EventType = "alert";

    private readonly bool _isShared = settings.Redis is not null;
    private readonly IEventPublisher _hub = events.Hub(Hub);
    // Guards what follows.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Alert> _alerts = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private EventId _position;
    private TaskCompletionSource _applied = NewNews();
    // One change after the other, each in the log before the next is looked at: of two analysts who acknowledge, one is told that he was second.
    private readonly SemaphoreSlim _changing = new(1);
    private readonly TaskCompletionSource _caughtUp = NewNews();

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
        var alert = Describe(detection);
        lock (_gate)
        {
            if (!TryAdd(alert))
                return;
        }

        // By way of the outbox, which tries until the log takes it: the records that led here are not read a second time. The key is for the case that they
        // are, by another process.
        _hub.Enqueue(Topic, alert, EventType, key: alert.Id);
    }

    /// <summary>Raises an alert where processes share the hub, unless it was raised before by whichever. When it returns, the alert is in the log.</summary>
    /// <exception cref="EventLogUnavailableException">The log takes no events now.</exception>
    public async Task RaiseAsync(Detection detection, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_alerts.ContainsKey(detection.Id))
                return;
        }

        await _hub.PublishAsync(Topic, Describe(detection), EventType, key: detection.Id, cancellationToken: cancellationToken);
    }

    /// <summary>Takes what the log of a shared hub says of an alert, whoever published it. It may say so more than once.</summary>
    public void Apply(Alert alert, EventId id)
    {
        TaskCompletionSource applied;
        lock (_gate)
        {
            // Its life goes one way.
            if (!TryAdd(alert) && _alerts.TryGetValue(alert.Id, out var known) && alert.State > known.State)
                _alerts[alert.Id] = alert;
            _position = id;
            applied = _applied;
            _applied = NewNews();
        }

        applied.SetResult();
    }

    /// <summary>Says that everything has been applied that the log of a shared hub held at the start.</summary>
    public void CaughtUp() => _caughtUp.TrySetResult();

    /// <summary>Waits until then.</summary>
    public Task CaughtUpAsync(CancellationToken cancellationToken) => _caughtUp.Task.WaitAsync(cancellationToken);

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
            var changed = await _hub.PublishAsync(Topic, alert, EventType, key: $"{id}/{state}", cancellationToken: cancellationToken);
            if (_isShared)
                return await FindOutAsync(alert, changed, cancellationToken);
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

    private static TaskCompletionSource NewNews() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Of two processes that publish a change with the same key the log takes one, and answers both with its id: what it says there, holds.</summary>
    private async Task<(Alert Alert, bool IsChanged)?> FindOutAsync(Alert wanted, EventId changed, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task applied;
            lock (_gate)
            {
                if (_position >= changed)
                    return _alerts.TryGetValue(wanted.Id, out var alert) ? (alert, alert == wanted || alert.State > wanted.State) : null;
                applied = _applied.Task;
            }

            await applied.WaitAsync(cancellationToken);
        }
    }

    private Alert Describe(Detection detection) => new()
    {
        Id = detection.Id,
        Rule = detection.Rule.Id,
        Name = detection.Rule.Name,
        Severity = detection.Rule.Severity,
        Message = detection.Message,
        Time = detection.Record.Time,
        RaisedAt = time.GetUtcNow(),
        Address = detection.Record.Address,
        User = detection.Record.User,
        Host = detection.Record.Host,
    };

    // Called under the lock.
    private bool TryAdd(Alert alert)
    {
        if (!_alerts.TryAdd(alert.Id, alert))
            return false;
        _order.Enqueue(alert.Id);
        if (_order.Count > capacity)
            _alerts.Remove(_order.Dequeue());
        return true;
    }
}
