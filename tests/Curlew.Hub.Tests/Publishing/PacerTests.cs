using Curlew.Hub.Publishing;
using Curlew.Testing;

namespace Curlew.Hub.Tests.Publishing;

public sealed class PacerTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Events_are_spaced_evenly()
    {
        var pacer = new Pacer(perSecond: 200, _time);
        List<double> moments = [];
        for (var i = 0; i < 5; i++)
        {
            var turn = pacer.WaitAsync(TestContext.Current.CancellationToken);
            while (!turn.IsCompleted)
                _time.Advance(TimeSpan.FromMilliseconds(1));
            moments.Add(_time.GetElapsedTime(0).TotalMilliseconds);
        }

        moments.ShouldBe([0, 5, 10, 15, 20]);
    }

    [Fact]
    public void A_timer_that_is_late_does_not_lower_the_rate()
    {
        var pacer = new Pacer(perSecond: 100, _time);
        for (var i = 0; i < 100; i++)
        {
            var turn = pacer.WaitAsync(TestContext.Current.CancellationToken);
            while (!turn.IsCompleted)
                _time.Advance(TimeSpan.FromMilliseconds(7));
        }

        _time.GetElapsedTime(0).TotalMilliseconds.ShouldBeInRange(985, 1000);
    }

    [Fact]
    public void After_a_long_hold_up_what_was_missed_does_not_come_as_a_burst()
    {
        var pacer = new Pacer(perSecond: 100, _time);
        _time.Advance(TimeSpan.FromMinutes(1));

        pacer.WaitAsync(TestContext.Current.CancellationToken).IsCompleted.ShouldBeTrue();
        pacer.WaitAsync(TestContext.Current.CancellationToken).IsCompleted.ShouldBeFalse();
    }
}
