namespace Curlew.Redis.Tests.Connections;

public sealed class ReconnectDelayTests
{
    [Fact]
    public void Next_GrowsToTheLongestAndFillsTheWholeRange()
    {
        var delay = new ReconnectDelay(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5), new Random(1));

        for (var failed = 0; failed < 100; failed++)
        {
            var longest = TimeSpan.FromMilliseconds(Math.Min(5000, 100 * Math.Pow(2, failed)));
            var drawn = Enumerable.Range(0, 200).Select(_ => delay.Next(failed)).ToArray();

            drawn.Min().ShouldBeInRange(TimeSpan.Zero, longest / 10);
            drawn.Max().ShouldBeInRange(longest * 0.9, longest);
        }
    }
}
