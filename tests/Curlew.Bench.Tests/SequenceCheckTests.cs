using Curlew.Bench.Fanout.Load;

namespace Curlew.Bench.Tests;

public sealed class SequenceCheckTests
{
    [Fact]
    public void Accept_EverythingInOrder_FindsNothing() => Check(published: [3, 2], (0, 0), (1, 0), (0, 1), (1, 1), (0, 2)).ShouldBe((0, 0, 0));

    [Fact]
    public void Accept_AnEventThatIsMissing_IsLost() => Check(published: [4], (0, 0), (0, 1), (0, 3)).ShouldBe((1, 0, 0));

    [Fact]
    public void Finish_EventsThatNeverCame_AreLost() => Check(published: [5, 2], (0, 0), (0, 1)).ShouldBe((3 + 2, 0, 0));

    [Fact]
    public void Accept_TwoEventsInTheWrongOrder_IsTold() => Check(published: [3], (0, 0), (0, 2), (0, 1)).ShouldBe((1, 1, 0));

    [Fact]
    public void Accept_AnEventTwice_IsTold() => Check(published: [2], (0, 0), (0, 1), (0, 1)).ShouldBe((0, 1, 0));

    [Fact]
    public void Accept_AnEventOfATrackThatWasNotAskedFor_IsTold() => Check(published: [1, 0], (0, 0), (5, 0)).ShouldBe((0, 0, 1));

    [Fact]
    public void Accept_TracksThatBeginAboveZero_AreTheirOwn()
    {
        var check = new SequenceCheck(first: 7, count: 1);

        check.Accept(7, 0);
        check.Accept(7, 1);

        check.Next(7).ShouldBe(2);
        check.Progress.ShouldBe(2);
        (check.Received, check.Lost, check.Foreign).ShouldBe((2, 0, 0));
    }

    private static (long Lost, long Disordered, long Foreign) Check(int[] published, params (int Track, int Number)[] events)
    {
        var check = new SequenceCheck(first: 0, published.Length);
        foreach (var (track, number) in events)
            check.Accept(track, number);
        check.Finish(published);
        return (check.Lost, check.Disordered, check.Foreign);
    }
}
