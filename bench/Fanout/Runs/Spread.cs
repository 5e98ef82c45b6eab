namespace Curlew.Bench.Fanout.Runs;

/// <summary>The median of the rounds, and what lies around it.</summary>
internal readonly record struct Spread(double Median, double Min, double Max)
{
    /// <exception cref="InvalidOperationException">There are no values.</exception>
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
            throw new InvalidOperationException("No values have no median.");
        var middle = sorted.Length / 2;
        return new(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }
}
