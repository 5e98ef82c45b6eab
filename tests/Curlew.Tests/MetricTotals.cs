using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Curlew.Tests;

/// <summary>What the counters of one meter have counted, by <c>instrument of hub</c>.</summary>
internal sealed class MetricTotals : IDisposable
{
    private readonly ConcurrentDictionary<string, long> _totals = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    public MetricTotals(CurlewMetrics metrics)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, metrics.Meter) && instrument is Counter<long>)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var hub = tags.ToArray().Single(static tag => tag.Key == CurlewMetrics.HubTag).Value;
            _totals.AddOrUpdate($"{instrument.Name} of {hub}", value, (_, total) => total + value);
        });
        _listener.Start();
    }

    public long this[string counter] => _totals.GetValueOrDefault(counter);

    public void Dispose() => _listener.Dispose();
}
