namespace Curlew.Testing.Tests;

public sealed class ManualTimeProviderTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _fired = [];

    [Fact]
    public void Advance_MovesTheClockAndTheTimestampAlike()
    {
        var start = _time.GetUtcNow();
        var stamp = _time.GetTimestamp();

        _time.Advance(TimeSpan.FromTicks(12_345));

        (_time.GetUtcNow() - start).Ticks.ShouldBe(12_345);
        _time.GetElapsedTime(stamp).Ticks.ShouldBe(12_345);
    }

    [Fact]
    public void Advance_FiresInTheOrderOfDueTimesAndThenOfCreation()
    {
        using var late = Timer("late", 3 * Second);
        using var first = Timer("first", 2 * Second);
        using var second = Timer("second", 2 * Second);
        using var early = Timer("early", Second);

        _time.Advance(2 * Second);

        _fired.ShouldBe(["early@1", "first@2", "second@2"]);
        _time.ActiveTimers.ShouldBe(1);
    }

    [Fact]
    public void Advance_PastSeveralPeriods_FiresAtEachOfThem()
    {
        using var periodic = Timer("tick", Second, Second);
        using var single = Timer("single", 2 * Second);

        _time.Advance(3.5 * Second);

        _fired.ShouldBe(["tick@1", "single@2", "tick@2", "tick@3"]);
        _time.ActiveTimers.ShouldBe(1);
    }

    [Fact]
    public void Advance_FiresOnTheCallingThread()
    {
        var thread = 0;
        using var timer = _time.CreateTimer(_ => thread = Environment.CurrentManagedThreadId, null, Second, Timeout.InfiniteTimeSpan);

        _time.Advance(Second);

        thread.ShouldBe(Environment.CurrentManagedThreadId);
    }

    [Fact]
    public void Advance_InACallback_MovesTheClockOnce()
    {
        var start = _time.GetUtcNow();
        using var nested = _time.CreateTimer(_ => _time.Advance(5 * Second), null, Second, Timeout.InfiniteTimeSpan);
        using var other = Timer("other", 4 * Second);

        _time.Advance(2 * Second);

        _fired.ShouldBe(["other@4"]);
        (_time.GetUtcNow() - start).ShouldBe(6 * Second);
    }

    [Fact]
    public void TimerDueAtOnce_FiresAtTheNextAdvance()
    {
        using var timer = Timer("now", TimeSpan.Zero);
        _fired.ShouldBeEmpty();

        _time.Advance(TimeSpan.Zero);

        _fired.ShouldBe(["now@0"]);
    }

    [Fact]
    public void Change_MovesTheDueTime()
    {
        using var timer = Timer("a", Second);
        _time.Advance(0.5 * Second);

        timer.Change(Second, Timeout.InfiniteTimeSpan).ShouldBeTrue();
        _time.Advance(0.75 * Second);
        _fired.ShouldBeEmpty();
        _time.Advance(0.25 * Second);

        _fired.ShouldBe(["a@1.5"]);
    }

    [Fact]
    public void Change_ToInfinite_RestsTheTimer()
    {
        using var timer = Timer("a", Second);

        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _time.ActiveTimers.ShouldBe(0);
        _time.Advance(10 * Second);

        _fired.ShouldBeEmpty();
    }

    [Fact]
    public void Dispose_EndsTheTimerForGood()
    {
        var timer = Timer("a", Second, Second);
        timer.Dispose();

        timer.Change(Second, Second).ShouldBeFalse();
        _time.ActiveTimers.ShouldBe(0);
        _time.Advance(10 * Second);

        _fired.ShouldBeEmpty();
    }

    [Fact]
    public void SetUtcNow_MovesTheWallClockAndNothingElse()
    {
        using var timer = Timer("a", Second);
        var stamp = _time.GetTimestamp();

        _time.SetUtcNow(DateTimeOffset.UnixEpoch);

        _time.GetUtcNow().ShouldBe(DateTimeOffset.UnixEpoch);
        _time.GetTimestamp().ShouldBe(stamp);
        _time.Advance(Second);
        _fired.ShouldBe(["a@1"]);
        _time.GetUtcNow().ShouldBe(DateTimeOffset.UnixEpoch + Second);
    }

    [Fact]
    public async Task TaskDelay_EndsWhenItsTimeHasCome()
    {
        var delay = Task.Delay(Second, _time, TestContext.Current.CancellationToken);

        _time.Advance(0.999 * Second);
        delay.IsCompleted.ShouldBeFalse();
        _time.Advance(0.001 * Second);

        await delay;
    }

    [Fact]
    public void Advance_FromManyThreads_AddsUp()
    {
        var start = _time.GetUtcNow();
        var ticks = 0;
        using var timer = _time.CreateTimer(_ => ticks++, null, Second, Second);

        Parallel.For(0, 1000, _ => _time.Advance(Second));

        ticks.ShouldBe(1000);
        (_time.GetUtcNow() - start).ShouldBe(1000 * Second);
    }

    private ITimer Timer(string name, TimeSpan due, TimeSpan? period = null)
    {
        var start = _time.GetTimestamp();
        return _time.CreateTimer(
            _ => _fired.Add($"{name}@{_time.GetElapsedTime(start).TotalSeconds}"),
            null,
            due,
            period ?? Timeout.InfiniteTimeSpan);
    }
}
