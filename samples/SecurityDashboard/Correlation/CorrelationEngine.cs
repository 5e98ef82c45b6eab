using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SecurityDashboard.Normalising;

namespace SecurityDashboard.Correlation;

/// <summary>
/// Finds what rules describe in a sequence of records. It knows no clock and no randomness: time is that of the records, so the same records give the same
/// findings, live, played or read again.
/// </summary>
/// <remarks>
/// <para>Not thread-safe: one caller at a time, in the order of the log.</para>
/// <para>Records may come more than once: one whose id is remembered is not counted again, and the same finding always has the same id.</para>
/// <para>Memory is bounded: a number of windows for each rule, of which those not used longest are given up, each of a size that its rule bounds.</para>
/// </remarks>
/// <param name="rules">The rules.</param>
/// <param name="maxWindows">How many windows a rule has at the most.</param>
/// <param name="maxRemembered">Of how many records the ids are remembered.</param>
internal sealed class CorrelationEngine(IReadOnlyList<CorrelationRule> rules, int maxWindows = 10_000, int maxRemembered = 50_000)
{
    private readonly WindowSet[] _windows = [.. rules.Select(rule => new WindowSet(rule, maxWindows))];
    private readonly RecentIds _seen = new(maxRemembered);

    /// <summary>How many windows there are, of all rules.</summary>
    public int WindowCount => _windows.Sum(static set => set.Count);

    /// <summary>Takes the next record.</summary>
    /// <returns>What it completed.</returns>
    public IReadOnlyList<Detection> Process(LogRecord record)
    {
        if (!_seen.Add(record.Id))
            return [];
        List<Detection> found = [];
        foreach (var set in _windows)
        {
            var rule = set.Rule;
            if (rule.Concerns(record) && Key(rule, record) is { } key && set.For(Join(key)).Add(rule, record))
                found.Add(new(DetectionId(rule, key, record.Time), rule, key, record));
        }

        return found;
    }

    private static SortedDictionary<string, string>? Key(CorrelationRule rule, LogRecord record)
    {
        SortedDictionary<string, string> key = new(StringComparer.Ordinal);
        foreach (var field in rule.By)
        {
            if (RecordFields.Text(record, field) is not { } value)
                return null;
            key[field] = value;
        }

        return key;
    }

    // Lengths go before the values: two values cannot be taken for another two, whatever they hold.
    private static string Join(SortedDictionary<string, string> key) =>
        string.Concat(key.Values.Select(static value => string.Create(CultureInfo.InvariantCulture, $"{value.Length}:{value}")));

    // Two alerts of one rule and key are at least the time of suppression apart, so each has a stretch of that length to itself. The number of the stretch
    // names it, so that it is the same if records are read again from another place and a neighbour of the record completes the rule.
    private static string DetectionId(CorrelationRule rule, SortedDictionary<string, string> key, DateTimeOffset time)
    {
        var stretch = time.UtcTicks / rule.Suppress.Ticks;
        var text = string.Create(CultureInfo.InvariantCulture, $"{rule.Id}\n{stretch}\n{Join(key)}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }

    /// <summary>The windows of one rule, by key; the one used last is at the end of the list.</summary>
    private sealed class WindowSet(CorrelationRule rule, int capacity)
    {
        private readonly Dictionary<string, LinkedListNode<(string Key, KeyWindow Window)>> _byKey = new(StringComparer.Ordinal);
        private readonly LinkedList<(string Key, KeyWindow Window)> _byUse = [];

        public CorrelationRule Rule => rule;

        public int Count => _byKey.Count;

        public KeyWindow For(string key)
        {
            if (_byKey.TryGetValue(key, out var node))
            {
                _byUse.Remove(node);
                _byUse.AddLast(node);
                return node.Value.Window;
            }

            if (_byKey.Count == capacity)
            {
                _byKey.Remove(_byUse.First!.Value.Key);
                _byUse.RemoveFirst();
            }

            node = _byUse.AddLast((key, new(rule.NewWindow())));
            _byKey.Add(key, node);
            return node.Value.Window;
        }
    }

    private sealed class KeyWindow(IRuleWindow records)
    {
        private DateTimeOffset? _raisedAt;

        public bool Add(CorrelationRule rule, LogRecord record)
        {
            if (_raisedAt is { } raised && (record.Time - raised).Duration() < rule.Suppress)
                return false;
            if (!records.Add(record))
                return false;
            records.Clear();
            _raisedAt = record.Time;
            return true;
        }
    }
}
