using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

/// <summary>The sums of what the meter Curlew counts, by instrument and reason.</summary>
sealed class StreamMeter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _sums = new(StringComparer.Ordinal);

    public StreamMeter(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Curlew" && instrument.Meter.Scope == meters && instrument is Counter<long> or UpDownCounter<long>)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var name = instrument.Name;
            foreach (var (tag, text) in tags)
            {
                if (tag == "curlew.reason")
                    name = $"{name} {text}";
            }

            _sums.AddOrUpdate(name, value, (_, sum) => sum + value);
        });
        _listener.Start();
    }

    public SortedDictionary<string, long> Read() => new(_sums, StringComparer.Ordinal);

    public void Dispose() => _listener.Dispose();
}
