using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Numerics;
using System.Text;

namespace Curlew.Hub.Metrics;

/// <summary>The time series of one metric: one for each set of tags. Thread-safe.</summary>
internal sealed class MetricFamily
{
    private readonly string _help;
    private readonly double[]? _bounds;
    private readonly bool _isSum;
    private readonly int _maxSeries;

    // The way of a measurement: from its tags, in the order in which they came, to its series, without an allocation.
    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], MetricSeries> _byTags = new(TagsComparer.Instance);

    // Protects what follows, and the growth of _byTags.
    private readonly Lock _gate = new();
    private int _tagSets;

    // What series there are: the same tags in another order are the same series.
    private readonly SortedDictionary<string, MetricSeries> _byLabels = new(StringComparer.Ordinal);

    private MetricFamily(Instrument instrument, string type, bool isSum, double[]? bounds, int maxSeries)
    {
        Name = PrometheusNames.Metric(instrument.Name, instrument.Unit, type);
        Type = type;
        IsObservable = instrument.IsObservable;
        _help = PrometheusNames.EscapeHelp(instrument.Description ?? "");
        _isSum = isSum;
        _bounds = bounds;
        _maxSeries = maxSeries;
    }

    public string Name { get; }

    /// <summary>As Prometheus calls it: counter, gauge or histogram.</summary>
    public string Type { get; }

    /// <summary>Whether values are read at a scrape rather than told as they change.</summary>
    public bool IsObservable { get; }

    /// <summary>Null for a kind of instrument that is not known.</summary>
    public static MetricFamily? TryCreate(Instrument instrument, int maxSeries) =>
        Of<byte>(instrument, maxSeries) ?? Of<short>(instrument, maxSeries) ?? Of<int>(instrument, maxSeries) ?? Of<long>(instrument, maxSeries)
        ?? Of<float>(instrument, maxSeries) ?? Of<double>(instrument, maxSeries) ?? Of<decimal>(instrument, maxSeries);

    /// <summary>False when the measurement is left out because there are too many series.</summary>
    public bool TryRecord(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if ((Find(tags) ?? Create(tags)) is not { } series)
            return false;
        if (_isSum || _bounds is not null)
            series.Add(value);
        else
            series.Set(value);
        return true;
    }

    public void Clear()
    {
        lock (_gate)
        {
            _byTags.Clear();
            _byLabels.Clear();
            _tagSets = 0;
        }
    }

    public void Render(StringBuilder text)
    {
        lock (_gate)
        {
            if (_byLabels.Count == 0)
                return;
            if (_help.Length > 0)
                text.Append("# HELP ").Append(Name).Append(' ').Append(_help).Append('\n');
            text.Append("# TYPE ").Append(Name).Append(' ').Append(Type).Append('\n');
            foreach (var series in _byLabels.Values)
                series.Render(Name, text);
        }
    }

    private static MetricFamily? Of<T>(Instrument instrument, int maxSeries)
        where T : struct, INumber<T> => instrument switch
        {
            Counter<T> => new(instrument, "counter", isSum: true, bounds: null, maxSeries),
            ObservableCounter<T> => new(instrument, "counter", isSum: false, bounds: null, maxSeries),
            UpDownCounter<T> => new(instrument, "gauge", isSum: true, bounds: null, maxSeries),
            ObservableUpDownCounter<T> or ObservableGauge<T> or Gauge<T> => new(instrument, "gauge", isSum: false, bounds: null, maxSeries),
            Histogram<T> histogram => new(instrument, "histogram", isSum: false, BoundsOf(histogram), maxSeries),
            _ => null,
        };

    private static double[] BoundsOf<T>(Histogram<T> histogram)
        where T : struct, INumber<T> => histogram switch
        {
            { Advice.HistogramBucketBoundaries: { } advised } => [.. advised.Select(double.CreateChecked)],
            { Unit: "s" } => [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
            { Unit: "By" } => [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216],
            _ => [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000],
        };

    private MetricSeries? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _byTags.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>().TryGetValue(tags, out var series) ? series : null;

    private MetricSeries? Create(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_gate)
        {
            // Another thread may have been faster.
            if (Find(tags) is { } known)
                return known;
            // Nothing new is formatted or kept, not even another order of known tags: this is where a flood ends.
            if (_tagSets >= _maxSeries)
                return null;
            var labels = PrometheusNames.Labels(tags);
            if (!_byLabels.TryGetValue(labels, out var series))
                _byLabels.Add(labels, series = new MetricSeries(labels, _bounds));
            _byTags[tags.ToArray()] = series;
            _tagSets++;
            return series;
        }
    }

    private sealed class TagsComparer
        : IEqualityComparer<KeyValuePair<string, object?>[]>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
    {
        public static readonly TagsComparer Instance = new();

        public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) => Equals(x.AsSpan(), y!);

        public int GetHashCode(KeyValuePair<string, object?>[] tags) => GetHashCode(tags.AsSpan());

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> tags, KeyValuePair<string, object?>[] other)
        {
            if (tags.Length != other.Length)
                return false;
            for (var i = 0; i < tags.Length; i++)
            {
                if (tags[i].Key != other[i].Key || !Equals(tags[i].Value, other[i].Value))
                    return false;
            }

            return true;
        }

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var hash = new HashCode();
            foreach (var (key, value) in tags)
            {
                hash.Add(key, StringComparer.Ordinal);
                hash.Add(value);
            }

            return hash.ToHashCode();
        }

        public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> tags) => tags.ToArray();
    }
}
