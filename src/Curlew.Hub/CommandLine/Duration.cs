using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Curlew.Hub.CommandLine;

/// <summary>A length of time as it is typed: a number and a unit, <c>50ms</c>, <c>1.5s</c>, <c>10m</c>, <c>2h</c>.</summary>
internal readonly record struct Duration(TimeSpan Value)
{
    // "ms" comes before "s" and "m": the first suffix that fits is the unit.
    private static readonly (string Suffix, double Milliseconds)[] Units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    public static bool TryParse([NotNullWhen(true)] string? text, out Duration duration)
    {
        duration = default;
        foreach (var (suffix, milliseconds) in Units)
        {
            if (text?.EndsWith(suffix, StringComparison.Ordinal) is not true)
                continue;
            if (!double.TryParse(text.AsSpan()[..^suffix.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                || !(number * milliseconds <= TimeSpan.FromDays(1).TotalMilliseconds))
                return false;
            duration = new(TimeSpan.FromMilliseconds(number * milliseconds));
            return true;
        }

        return false;
    }

    public override string ToString()
    {
        foreach (var (suffix, milliseconds) in Units.AsEnumerable().Reverse())
        {
            var number = Value.TotalMilliseconds / milliseconds;
            if (number >= 1)
                return number.ToString("0.#", CultureInfo.InvariantCulture) + suffix;
        }

        return Value.TotalMilliseconds.ToString("0.#", CultureInfo.InvariantCulture) + "ms";
    }
}
