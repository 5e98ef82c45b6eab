using SecurityDashboard.Classification;
using SecurityDashboard.Normalising;

namespace SecurityDashboard.Correlation;

/// <summary>A figure over the records of a time: the sum of a field, or the number of its different values.</summary>
internal sealed record AggregationRule : CorrelationRule
{
    public required Condition Match { get; init; }

    public required AggregationFunction Function { get; init; }

    public required string Field { get; init; }

    /// <summary>The figure that fulfils the rule, at least 1.</summary>
    public required long Threshold { get; init; }

    public override bool Concerns(LogRecord record) => Match.Matches(record) && RecordFields.Text(record, Field) is not null;

    public override IRuleWindow NewWindow() => Function == AggregationFunction.Sum ? new SumWindow(this) : new DistinctWindow(this);

    /// <summary>Sums by slots of a sixtieth of the time, so that its size does not depend on the number of records.</summary>
    private sealed class SumWindow(AggregationRule rule) : IRuleWindow
    {
        private const int Slots = 60;

        // No single value says more than this, so that no sum of them overflows.
        private const long MaxValue = 1L << 50;

        private readonly SortedDictionary<long, long> _slots = [];
        private readonly long _slotTicks = Math.Max(1, rule.Within.Ticks / Slots);

        public bool Add(LogRecord record)
        {
            var slot = record.Time.UtcTicks / _slotTicks;
            var value = Math.Clamp(RecordFields.Number(record, rule.Field) ?? 0, 0, MaxValue);
            _slots[slot] = Math.Min(MaxValue, _slots.GetValueOrDefault(slot) + value);
            var newest = _slots.Keys.Max();
            foreach (var old in _slots.Keys.TakeWhile(key => key <= newest - Slots).ToArray())
                _slots.Remove(old);
            return _slots.Values.Sum() >= rule.Threshold;
        }

        public void Clear() => _slots.Clear();
    }

    /// <summary>The values with the last time of each. There are never more of them than the threshold: with that many the rule is fulfilled.</summary>
    private sealed class DistinctWindow(AggregationRule rule) : IRuleWindow
    {
        private const int MaxLength = 200;

        private readonly Dictionary<string, DateTimeOffset> _values = new(StringComparer.OrdinalIgnoreCase);
        private DateTimeOffset _newest;

        public bool Add(LogRecord record)
        {
            var value = RecordFields.Text(record, rule.Field)!.Limit(MaxLength);
            if (record.Time > _newest)
                _newest = record.Time;
            if (!_values.TryGetValue(value, out var last) || last < record.Time)
                _values[value] = record.Time;
            foreach (var (old, time) in _values)
            {
                if (_newest - time > rule.Within)
                    _values.Remove(old);
            }

            return _values.Count >= rule.Threshold;
        }

        public void Clear() => _values.Clear();
    }
}
