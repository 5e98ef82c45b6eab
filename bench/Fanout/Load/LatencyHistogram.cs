using System.Numerics;

namespace Curlew.Bench.Fanout.Load;

/// <summary>Counts of times in nanoseconds, in buckets whose width is at most a hundredth of what they hold. Single-threaded while it is written.</summary>
internal sealed class LatencyHistogram
{
    // Below it a bucket is a nanosecond; above it each doubling has half as many buckets.
    private const int Resolution = 256;
    private static readonly int ResolutionBits = BitOperations.Log2(Resolution);

    private readonly long[] _counts = new long[Resolution + ((63 - ResolutionBits) * Resolution / 2)];

    public long Count { get; private set; }

    /// <summary>The longest time, exactly.</summary>
    public long Max { get; private set; }

    /// <summary>Counts a time. A negative one, which only clocks that disagree could give, counts as zero.</summary>
    public void Record(long nanoseconds)
    {
        nanoseconds = Math.Max(0, nanoseconds);
        _counts[IndexOf(nanoseconds)]++;
        Count++;
        Max = Math.Max(Max, nanoseconds);
    }

    /// <summary>The least time that so large a part of all times does not exceed; 0 when there is none.</summary>
    /// <param name="part">From 0 to 1.</param>
    public long Percentile(double part)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(part * Count));
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
                return Math.Min(Max, HighestOf(i));
        }

        return 0;
    }

    private static int IndexOf(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value) + 1 - ResolutionBits);
        return (shift * Resolution / 2) + (int)(value >> shift);
    }

    private static long HighestOf(int index)
    {
        var shift = Math.Max(0, (index / (Resolution / 2)) - 1);
        return ((long)(index - (shift * Resolution / 2)) << shift) + (1L << shift) - 1;
    }
}
