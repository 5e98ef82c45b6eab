using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Curlew.Client.Tests;

/// <summary>What the instruments of the client have added up to, for the server of one port.</summary>
internal sealed class MetricTotals : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _totals = new(StringComparer.Ordinal);
    private readonly int _port;

    public MetricTotals(int port)
    {
        _port = port;
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == ClientMetrics.Name)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The sum of an instrument's measurements, or of those with an <c>error.type</c>, after a colon.</summary>
    public double this[string name] => _totals.GetValueOrDefault(name);

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string? error = null;
        var isOurs = false;
        foreach (var (key, tag) in tags)
        {
            isOurs |= key == "server.port" && Equals(tag, _port);
            if (key == "error.type")
                error = (string?)tag;
        }

        if (isOurs)
            _totals.AddOrUpdate(error is null ? instrument.Name : $"{instrument.Name}:{error}", value, (_, sum) => sum + value);
    }
}
