using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Curlew.Hub.Metrics;

/// <summary>
/// Keeps what the process's meters measure, and renders it as Prometheus text (exposition format 0.0.4). It counts from its
/// creation on, so it is created before the server starts. Thread-safe.
/// </summary>
internal sealed class PrometheusMetrics : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>How many tag sets of one instrument are kept, so that a tag with many values cannot fill the memory.</summary>
    public const int DefaultMaxSeries = 1_000;

    // Whoever listens to this has the server keep a list of tags for every open connection. What it tells of streams, curlew.connection.duration does.
    private const string ConnectionDuration = "kestrel.connection.duration";

    private static readonly string[] DefaultMeters = ["Curlew", "Curlew.Redis", "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];

    private readonly int _maxSeries;
    private readonly MeterListener _listener = new();

    // Protects _families. Measurements do not come here: the listener hands each its family.
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);

    // One scrape at a time: observable instruments are read into their families and rendered from there.
    private readonly Lock _scrape = new();
    private long _dropped;

    /// <param name="meterFactory">Whose meters are meant beside the process-wide ones; those of other factories, other applications in this process, are not.</param>
    public PrometheusMetrics(IMeterFactory meterFactory)
        : this(DefaultMeters, meterFactory)
    {
    }

    /// <param name="meters">The names of the meters listened to.</param>
    /// <param name="meterFactory">Whose meters are meant beside the process-wide ones.</param>
    /// <param name="maxSeries">How many tag sets of one instrument are kept.</param>
    public PrometheusMetrics(string[] meters, IMeterFactory? meterFactory = null, int maxSeries = DefaultMaxSeries)
    {
        var names = meters.ToHashSet(StringComparer.Ordinal);
        _maxSeries = maxSeries;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            var meter = instrument.Meter;
            if (names.Contains(meter.Name) && instrument.Name != ConnectionDuration && (meter.Scope is null || ReferenceEquals(meter.Scope, meterFactory)) && FamilyOf(instrument) is { } family)
                listener.EnableMeasurementEvents(instrument, family);
        };
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, family) => Record(value, tags, family));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, family) => Record(value, tags, family));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => Record(value, tags, family));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Record(value, tags, family));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, family) => Record(value, tags, family));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Record(value, tags, family));
        _listener.SetMeasurementEventCallback<decimal>((_, value, tags, family) => Record((double)value, tags, family));
        _listener.Start();
    }

    /// <summary>Everything measured so far, ordered by name.</summary>
    public string Render()
    {
        var text = new StringBuilder();
        lock (_scrape)
        {
            MetricFamily[] families;
            lock (_gate)
                families = [.. _families.Values];
            // What is observed is whole at each scrape: a tag set that is not reported any more is gone.
            foreach (var family in families)
            {
                if (family.IsObservable)
                    family.Clear();
            }

            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException)
            {
                // An instrument's own callback failed. The others were read, and a scrape is no place to fail for it.
            }

            foreach (var family in families)
                family.Render(text);
        }

        text.Append("# HELP curlew_metrics_series_dropped_total Measurements left out because their instrument has too many tag sets.\n");
        text.Append("# TYPE curlew_metrics_series_dropped_total counter\n");
        text.Append(CultureInfo.InvariantCulture, $"curlew_metrics_series_dropped_total {Interlocked.Read(ref _dropped)}\n");
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>Instruments of one name, such as those of two meters, make up one family; a name that means two things keeps the first.</summary>
    private MetricFamily? FamilyOf(Instrument instrument)
    {
        if (MetricFamily.TryCreate(instrument, _maxSeries) is not { } created)
            return null;
        lock (_gate)
        {
            if (_families.TryAdd(created.Name, created))
                return created;
            var known = _families[created.Name];
            return known.Type == created.Type && known.IsObservable == created.IsObservable ? known : null;
        }
    }

    private void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? family)
    {
        if (!((MetricFamily)family!).TryRecord(value, tags))
            Interlocked.Increment(ref _dropped);
    }
}
