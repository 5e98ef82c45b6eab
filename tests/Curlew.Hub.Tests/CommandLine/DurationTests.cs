using Curlew.Hub.CommandLine;

namespace Curlew.Hub.Tests.CommandLine;

public sealed class DurationTests
{
    [Theory]
    [InlineData("0s", 0)]
    [InlineData("50ms", 50)]
    [InlineData("1.5s", 1_500)]
    [InlineData("10m", 600_000)]
    [InlineData("2h", 7_200_000)]
    public void A_number_with_a_unit_is_a_time(string text, double milliseconds)
    {
        Duration.TryParse(text, out var duration).ShouldBeTrue();
        duration.Value.TotalMilliseconds.ShouldBe(milliseconds);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1e3s")]
    [InlineData("NaNs")]
    [InlineData("25h")]
    [InlineData("1 day")]
    public void Anything_else_is_refused(string? text) => Duration.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData(50, "50ms")]
    [InlineData(3_200, "3.2s")]
    [InlineData(600_000, "10m")]
    [InlineData(0, "0ms")]
    public void It_is_written_in_its_largest_unit(double milliseconds, string text) =>
        new Duration(TimeSpan.FromMilliseconds(milliseconds)).ToString().ShouldBe(text);
}
