using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Curlew;

/// <summary>The instruments of connections, on the meter <c>Curlew</c>.</summary>
internal sealed class ConnectionMetrics
{
    private readonly UpDownCounter<long> _active;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _refused;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _keepAlives;
    private readonly Histogram<double> _sendDelay;
    private readonly ConcurrentDictionary<string, DeliveryTally> _tallies = new(StringComparer.Ordinal);
    private readonly DeliveryTally _ofNoHub = new();

    public ConnectionMetrics(CurlewMetrics metrics)
    {
        var meter = metrics.Meter;
        _active = meter.CreateUpDownCounter<long>("curlew.connections.active", "{connection}", "Open event streams.");
        _closed = meter.CreateCounter<long>("curlew.connections.closed", "{connection}", "Event streams that ended, by reason.");
        _refused = meter.CreateCounter<long>("curlew.connections.refused", "{connection}", "Event streams refused for now, by reason.");
        _duration = meter.CreateHistogram<double>(
            "curlew.connection.duration",
            "s",
            "How long event streams lasted.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1, 10, 60, 300, 900, 3600, 14400, 86400] });
        meter.CreateObservableCounter("curlew.events.delivered", ObserveDelivered, "{event}", "Events written to clients.");
        meter.CreateObservableCounter(
            "curlew.events.replayed",
            () => _tallies.Select(static tally => new Measurement<long>(tally.Value.Replayed, CurlewMetrics.Tag(tally.Key))),
            "{event}",
            "Events of those delivered that were read from the window or the log.");
        _keepAlives = meter.CreateCounter<long>("curlew.keepalives", "{keepalive}", "Keep-alives sent.");
        _sendDelay = meter.CreateHistogram<double>(
            "curlew.send.delay",
            "s",
            "From the append of a live event to its write, for the oldest of each write.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });
    }

    public void Opened() => _active.Add(1);

    public void Closed(CloseReason reason, TimeSpan duration)
    {
        var tags = new TagList { new(CurlewMetrics.ReasonTag, reason.ToString()) };
        _active.Add(-1);
        _closed.Add(1, tags);
        _duration.Record(duration.TotalSeconds);
    }

    public void Refused(RefusalReason reason) => _refused.Add(1, new KeyValuePair<string, object?>(CurlewMetrics.ReasonTag, reason.ToString()));

    /// <summary>What is counted at every delivery: for a listener to be called each time would cost as much as the rest of it.</summary>
    /// <param name="hub">The hub; <see langword="null"/> for streams that are of none.</param>
    public DeliveryTally TallyOf(string? hub) => hub is null ? _ofNoHub : _tallies.GetOrAdd(hub, static _ => new());

    public void KeepAliveSent() => _keepAlives.Add(1);

    public void SendDelay(TimeSpan delay) => _sendDelay.Record(Math.Max(0, delay.TotalSeconds));

    private IEnumerable<Measurement<long>> ObserveDelivered()
    {
        foreach (var (hub, tally) in _tallies)
            yield return new(tally.Delivered, CurlewMetrics.Tag(hub));
        if (_ofNoHub.Delivered is > 0 and var delivered)
            yield return new(delivered);
    }
}
