using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace SecurityDashboard.Configuration;

/// <summary>
/// A mapping of a YAML file. Each value is asked for by its key; a fault is noted with its line and answered with a default, so that reading goes on.
/// </summary>
internal sealed partial class YamlMapping(YamlDocument document, YamlMappingNode node)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public IEnumerable<string> Keys => node.Children.Keys.Select(static key => key.ToString());

    public bool Has(string key) => Find(key) is not null;

    /// <summary>Notes a fault of a value, or of the mapping where the key is not there.</summary>
    public void Fault(string key, string text) => document.Fault(Find(key) ?? node, text);

    /// <summary>A text that must be there.</summary>
    public string Text(string key)
    {
        switch (Find(key))
        {
            case YamlScalarNode { Value: { Length: > 0 } value }:
                return value;
            case null:
                document.Fault(node, $"'{key}' is missing");
                return "";
            case var other:
                document.Fault(other, $"'{key}' must be a text");
                return "";
        }
    }

    public string Text(string key, string absent) => Has(key) ? Text(key) : absent;

    /// <summary>A text or a list of texts.</summary>
    public IReadOnlyList<string> Texts(string key)
    {
        if (Find(key) is not YamlSequenceNode list)
            return Text(key) is { Length: > 0 } single ? [single] : [];
        if (list.Children.Count == 0 || list.Children.Any(static item => item is not YamlScalarNode))
            document.Fault(list, $"'{key}' must be a text, or a list of texts");
        return [.. list.Children.OfType<YamlScalarNode>().Select(static item => item.Value ?? "")];
    }

    public T Choice<T>(string key)
        where T : struct, Enum
    {
        var text = Text(key);
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(text, value.ToString(), StringComparison.OrdinalIgnoreCase))
                return value;
        }

        if (text.Length > 0)
            Fault(key, $"'{key}' is '{text}'; it must be one of {string.Join(", ", Enum.GetNames<T>().Select(static name => name.ToLowerInvariant()))}");
        return default;
    }

    public int Number(string key, int min, int max)
    {
        var text = Text(key);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        if (text.Length > 0)
            Fault(key, $"'{key}' is '{text}'; it must be a number from {min} to {max}");
        return min;
    }

    public int Number(string key, int min, int max, int absent) => Has(key) ? Number(key, min, max) : absent;

    /// <summary>A number of at least 1, with <c>kB</c>, <c>MB</c> or <c>GB</c> behind it at will.</summary>
    public long Amount(string key)
    {
        var text = Text(key);
        if (AmountText().Match(text) is { Success: true } match)
        {
            var unit = match.Groups["unit"].Value switch { "kB" => 1_000L, "MB" => 1_000_000L, "GB" => 1_000_000_000L, _ => 1L };
            if (long.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) * unit is > 0 and var amount)
                return amount;
        }

        if (text.Length > 0)
            Fault(key, $"'{key}' is '{text}'; it must be a number of at least 1, such as 20 or 500 MB");
        return 1;
    }

    /// <summary>A length of time: <c>1.5s</c>, <c>90s</c>, <c>10m</c>, <c>1h</c>.</summary>
    public TimeSpan Duration(string key, TimeSpan min, TimeSpan max)
    {
        var text = Text(key);
        if (DurationText().Match(text) is { Success: true } match)
        {
            var number = double.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
            var duration = match.Groups["unit"].Value switch
            {
                "h" => TimeSpan.FromHours(number),
                "m" => TimeSpan.FromMinutes(number),
                _ => TimeSpan.FromSeconds(number),
            };
            if (duration >= min && duration <= max)
                return duration;
        }

        if (text.Length > 0)
            Fault(key, $"'{key}' is '{text}'; it must be a time such as 90s, 10m or 1h, from {min.TotalSeconds:0.###}s to {max.TotalHours:0.###}h");
        return min;
    }

    public TimeSpan Duration(string key, TimeSpan min, TimeSpan max, TimeSpan absent) => Has(key) ? Duration(key, min, max) : absent;

    /// <summary>A mapping; where there is none, an empty one.</summary>
    public YamlMapping Mapping(string key)
    {
        if (Find(key) is YamlMappingNode mapping)
            return new(document, mapping);
        Fault(key, Has(key) ? $"'{key}' must be a mapping" : $"'{key}' is missing");
        return new(document, new YamlMappingNode());
    }

    /// <summary>Reads each mapping of a list. In each, what was not asked for is a fault.</summary>
    public IReadOnlyList<T> List<T>(string key, Func<YamlMapping, T> read)
    {
        if (Find(key) is not YamlSequenceNode list)
        {
            Fault(key, Has(key) ? $"'{key}' must be a list" : $"'{key}' is missing");
            return [];
        }

        List<T> items = [];
        foreach (var child in list.Children)
        {
            if (child is not YamlMappingNode childNode)
            {
                document.Fault(child, $"each of '{key}' must be a mapping");
                continue;
            }

            var mapping = new YamlMapping(document, childNode);
            items.Add(read(mapping));
            mapping.RefuseOthers();
        }

        if (list.Children.Count == 0)
            document.Fault(list, $"'{key}' is empty");
        return items;
    }

    /// <summary>Notes every key that was not asked for: most often one that is misspelt.</summary>
    public void RefuseOthers()
    {
        foreach (var key in node.Children.Keys.Where(key => !_asked.Contains(key.ToString())))
            document.Fault(key, $"'{key}' is not known here; there are {string.Join(", ", _asked.Order(StringComparer.Ordinal))}");
    }

    private YamlNode? Find(string key)
    {
        _asked.Add(key);
        return node.Children.TryGetValue(key, out var value) ? value : null;
    }

    [GeneratedRegex(@"^(?<number>\d{1,9})( ?(?<unit>kB|MB|GB))?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex AmountText();

    [GeneratedRegex(@"^(?<number>\d{1,6}(\.\d{1,3})?)(?<unit>[smh])$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex DurationText();
}
