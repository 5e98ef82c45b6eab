using Curlew.Bench.Fanout.Load;

namespace Curlew.Bench.Tests;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentile_OfEachTimeAlone_IsItWithinAHundredth()
    {
        for (var time = 1L; time < long.MaxValue / 3; time = (time * 2) + (time % 7))
        {
            var histogram = new LatencyHistogram();
            histogram.Record(time);
            histogram.Record(long.MaxValue);

            histogram.Percentile(0.5).ShouldBeInRange(time, time + (time / 100));
        }
    }

    [Fact]
    public void Percentile_OfOneToAThousandMicroseconds_IsWhatSortingGives()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1_000; i > 0; i--)
            histogram.Record(i * 1_000);

        histogram.Percentile(0.5).ShouldBeInRange(500_000, 505_000);
        histogram.Percentile(0.99).ShouldBeInRange(990_000, 1_000_000);
        histogram.Percentile(1).ShouldBe(1_000_000);
        (histogram.Count, histogram.Max).ShouldBe((1_000, 1_000_000));
    }

    [Fact]
    public void Percentile_OfNothing_IsZero() => new LatencyHistogram().Percentile(0.99).ShouldBe(0);
}
