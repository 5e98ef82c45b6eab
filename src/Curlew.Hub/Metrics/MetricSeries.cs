using System.Globalization;
using System.Text;

namespace Curlew.Hub.Metrics;

/// <summary>The value of one metric for one set of tags, or its distribution. Thread-safe.</summary>
/// <param name="labels">Written between braces; empty without tags.</param>
/// <param name="bounds">The upper bounds of a histogram's buckets, ascending; null for a plain value.</param>
internal sealed class MetricSeries(string labels, double[]? bounds)
{
    // Protects the figures, which belong together.
    private readonly Lock _gate = new();
    private readonly long[]? _buckets = bounds is null ? null : new long[bounds.Length + 1];
    private double _value;

    public void Add(double value)
    {
        lock (_gate)
        {
            _value += value;
            if (_buckets is not null)
                _buckets[BucketOf(value)]++;
        }
    }

    public void Set(double value)
    {
        lock (_gate)
            _value = value;
    }

    public void Render(string name, StringBuilder text)
    {
        lock (_gate)
        {
            if (_buckets is null)
            {
                Line(text, name, "", "", _value);
                return;
            }

            var count = 0L;
            for (var i = 0; i < _buckets.Length; i++)
            {
                count += _buckets[i];
                var bound = i < bounds!.Length ? PrometheusNames.Number(bounds[i]) : "+Inf";
                Line(text, name, "_bucket", $"le=\"{bound}\"", count);
            }

            Line(text, name, "_sum", "", _value);
            Line(text, name, "_count", "", count);
        }
    }

    /// <summary>The first bucket whose bound is not below the value: bounds are inclusive.</summary>
    private int BucketOf(double value)
    {
        var index = Array.BinarySearch(bounds!, value);
        return double.IsNaN(value) ? bounds!.Length : index < 0 ? ~index : index;
    }

    private void Line(StringBuilder text, string name, string suffix, string label, double value)
    {
        text.Append(name).Append(suffix);
        if (labels.Length + label.Length > 0)
            text.Append('{').Append(labels).Append(labels.Length > 0 && label.Length > 0 ? "," : "").Append(label).Append('}');
        text.Append(CultureInfo.InvariantCulture, $" {PrometheusNames.Number(value)}\n");
    }
}
