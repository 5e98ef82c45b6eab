using System.Globalization;
using System.Text;

namespace Curlew.Hub.Metrics;

/// <summary>From the names, units and tags of .NET instruments to those of Prometheus, as OpenTelemetry's rules have them.</summary>
internal static class PrometheusNames
{
    private static readonly Dictionary<string, string> Units = new(StringComparer.Ordinal)
    {
        ["d"] = "days",
        ["h"] = "hours",
        ["min"] = "minutes",
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["us"] = "microseconds",
        ["ns"] = "nanoseconds",
        ["By"] = "bytes",
        ["KiBy"] = "kibibytes",
        ["MiBy"] = "mebibytes",
        ["kBy"] = "kilobytes",
        ["MBy"] = "megabytes",
        ["%"] = "percent",
        ["Hz"] = "hertz",
        ["Cel"] = "celsius",
    };

    /// <summary><c>curlew.send.delay</c> in <c>s</c> becomes <c>curlew_send_delay_seconds</c>; counters end with <c>_total</c>.</summary>
    public static string Metric(string name, string? unit, string type)
    {
        var metric = Sanitize(name, allowColon: true);
        var isCounter = type is "counter";
        if (isCounter)
            metric = WithoutEnd(metric, "_total");
        if (Unit(unit, type) is { } suffix && !metric.EndsWith("_" + suffix, StringComparison.Ordinal))
            metric += "_" + suffix;
        return isCounter ? metric + "_total" : metric;
    }

    /// <summary>What stands between the braces of a series, ordered by label.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            return "";
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, tag) in tags)
        {
            var label = Sanitize(key, allowColon: false);
            // "le" is the histogram's own.
            if (label is "le")
                label = "tag_le";
            var value = EscapeValue(tag switch
            {
                null => "",
                bool flag => flag ? "true" : "false",
                IFormattable formattable => formattable.ToString(format: null, CultureInfo.InvariantCulture),
                _ => tag.ToString() ?? "",
            });
            // Two tags may come to one label, which Prometheus would refuse twice.
            sorted[label] = sorted.TryGetValue(label, out var other) ? $"{other};{value}" : value;
        }

        return string.Join(',', sorted.Select(pair => $"{pair.Key}=\"{pair.Value}\""));
    }

    public static string EscapeHelp(string text) => Escape(text, quote: false);

    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string EscapeValue(string text) => Escape(text, quote: true);

    private static string Escape(string text, bool quote)
    {
        if (!text.AsSpan().ContainsAny("\\\n\""))
            return text;
        var escaped = new StringBuilder(text).Replace("\\", "\\\\").Replace("\n", "\\n");
        return (quote ? escaped.Replace("\"", "\\\"") : escaped).ToString();
    }

    private static string? Unit(string? unit, string type)
    {
        if (unit is "1" && type is "gauge")
            return "ratio";
        // "{request}" says what is counted; the name says it already.
        if (string.IsNullOrEmpty(unit) || unit is "1" || unit.Contains('{', StringComparison.Ordinal))
            return null;
        var slash = unit.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            ? $"{Word(unit[..slash])}_per_{Word(unit[(slash + 1)..]).TrimEnd('s')}"
            : Word(unit);
    }

    private static string Word(string unit) => Units.TryGetValue(unit, out var word) ? word : Sanitize(unit, allowColon: false);

    private static string WithoutEnd(string text, string end) => text.EndsWith(end, StringComparison.Ordinal) ? text[..^end.Length] : text;

    private static string Sanitize(string name, bool allowColon)
    {
        var text = new StringBuilder(name.Length + 1);
        foreach (var c in name)
            text.Append(char.IsAsciiLetterOrDigit(c) || c == '_' || (allowColon && c == ':') ? c : '_');
        if (text.Length == 0 || char.IsAsciiDigit(text[0]))
            text.Insert(0, '_');
        return text.ToString();
    }
}
