using SecurityDashboard.Classification;
using SecurityDashboard.Normalising;

namespace SecurityDashboard.Correlation;

/// <summary>Steps that happen one after the other, each a number of times. A threshold is a sequence of one step.</summary>
internal sealed record SequenceRule : CorrelationRule
{
    public required IReadOnlyList<Step> Steps { get; init; }

    public override bool Concerns(LogRecord record)
    {
        foreach (var step in Steps)
        {
            if (step.Match.Matches(record))
                return true;
        }

        return false;
    }

    public override IRuleWindow NewWindow() => new Window(this);

    /// <param name="Match">The records of the step.</param>
    /// <param name="Count">How many of them make the step.</param>
    internal sealed record Step(Condition Match, int Count);

    /// <summary>
    /// For each step the newest records that can make it, each with the latest start of a chain that leads to it: a later start leaves more of the window,
    /// so no older one is ever worth keeping.
    /// </summary>
    /// <remarks>The order of steps is that in which records come; the distance is by their own times.</remarks>
    private sealed class Window(SequenceRule rule) : IRuleWindow
    {
        private readonly List<Occurrence>[] _steps = [.. rule.Steps.Select(static _ => new List<Occurrence>())];

        public bool Add(LogRecord record)
        {
            // Last step first: one record cannot be two steps of one chain.
            for (var i = _steps.Length - 1; i >= 0; i--)
            {
                if (!rule.Steps[i].Match.Matches(record))
                    continue;
                DateTimeOffset? start = i == 0 ? record.Time : ChainThrough(i - 1)?.Start;
                if (start is null)
                    continue;
                Keep(_steps[i], new(record.Time, start.Value), rule.Steps[i].Count, Math.Min(record.Count, rule.Steps[i].Count));
                if (i == _steps.Length - 1 && ChainThrough(i) is { } chain && chain.Time - chain.Start <= rule.Within)
                    return true;
            }

            return false;
        }

        public void Clear()
        {
            foreach (var step in _steps)
                step.Clear();
        }

        private Occurrence? ChainThrough(int step)
        {
            var occurrences = _steps[step];
            return occurrences.Count < rule.Steps[step].Count ? null : new(occurrences[^1].Time, occurrences.Min(static one => one.Start));
        }

        // Sorted by time, so that records that come late, or of a machine whose clock is slow, do not push out newer ones.
        private static void Keep(List<Occurrence> occurrences, Occurrence one, int capacity, int times)
        {
            var at = occurrences.Count;
            while (at > 0 && occurrences[at - 1].Time > one.Time)
                at--;
            occurrences.InsertRange(at, Enumerable.Repeat(one, times));
            if (occurrences.Count > capacity)
                occurrences.RemoveRange(0, occurrences.Count - capacity);
        }

        private readonly record struct Occurrence(DateTimeOffset Time, DateTimeOffset Start);
    }
}
