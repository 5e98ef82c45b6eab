using SecurityDashboard.Alerts;
using SecurityDashboard.Correlation;
using SecurityDashboard.Ingest;
using SecurityDashboard.Normalising;
using EventId = Curlew.Protocol.EventId;

namespace SecurityDashboard.Sharing;

/// <summary>
/// Correlates the records of all processes, in the one that the group has chosen for it: two engines that see half of the records each would need twice as
/// many of them.
/// </summary>
/// <remarks>
/// What the engine remembers is in this process. Who begins, or takes over from another, reads from the log what was there before the entry that it is
/// given: the same records give the same findings, under the same ids, and what was raised before is not raised again.
/// </remarks>
internal sealed class CorrelationConsumer(CorrelationEngine engine, AlertBook alerts, IEventLogFactory logs) : IStreamConsumer, IAsyncDisposable
{
    public const string Group = "correlation";
    private const int PageRecords = 500;

    private readonly IEventLog _log = logs.Create(LogPipeline.Hub, new HubOptions());
    // Found and not raised yet, where the log took no events: the engine does not find them again.
    private readonly Queue<Detection> _found = [];
    private EventId _position;

    public async ValueTask HandleAsync(StreamEntry entry, CancellationToken cancellationToken)
    {
        await alerts.CaughtUpAsync(cancellationToken);
        await RaiseAsync(cancellationToken);
        while (_position < entry.Id)
        {
            var page = await _log.ReadAsync(_position, PageRecords, cancellationToken);
            foreach (var frame in page.Frames)
            {
                if (frame.Type == LogPipeline.EventType)
                    await CorrelateAsync(EventJson.Read(frame, DashboardJson.Default.LogRecord), cancellationToken);
                _position = frame.Id;
            }

            // The entry itself was trimmed already, and whatever was before it.
            if (page.Frames.Count == 0)
                break;
        }

        // Most often the engine has seen it by now, and does not count it again.
        if (entry["type"] == LogPipeline.EventType)
            await CorrelateAsync(EventJson.Read(entry["data"], DashboardJson.Default.LogRecord), cancellationToken);
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    private async ValueTask CorrelateAsync(LogRecord? record, CancellationToken cancellationToken)
    {
        if (record is null)
            return;
        foreach (var detection in engine.Process(record))
            _found.Enqueue(detection);
        await RaiseAsync(cancellationToken);
    }

    private async ValueTask RaiseAsync(CancellationToken cancellationToken)
    {
        for (; _found.TryPeek(out var detection); _found.Dequeue())
            await alerts.RaiseAsync(detection, cancellationToken);
    }
}
