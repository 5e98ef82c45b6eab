namespace Curlew.Tests.Log;

public sealed class FrameRingTests
{
    [Fact]
    public void Add_WhileOthersAreRemovedAndTheRingGrows_KeepsEachUnderItsNumber()
    {
        var ring = new FrameRing();
        long removed = 0;
        for (var i = 0; i < 1000; i++)
        {
            ring.Add(TestHubs.Frame((ulong)i + 1));
            if (i % 3 == 0)
                ring.RemoveFirst().Id.ShouldBe(TestHubs.Id((ulong)++removed));
        }

        (ring.First, ring.Next, ring.Count).ShouldBe((removed, 1000, 1000 - (int)removed));
        for (var number = ring.First; number < ring.Next; number++)
            ring[number].Id.ShouldBe(TestHubs.Id((ulong)number + 1));
        ring.Oldest.ShouldBe(TestHubs.Id((ulong)removed + 1));
    }

    [Fact]
    public void NumberAfter_AnyPosition_IsTheFirstFrameAboveIt()
    {
        var ring = new FrameRing();
        foreach (var milliseconds in new ulong[] { 10, 20, 30, 40 })
            ring.Add(TestHubs.Frame(milliseconds));
        ring.RemoveFirst();

        var numbers = new ulong[] { 0, 10, 19, 20, 21, 30, 40, 41 }.Select(position => ring.NumberAfter(TestHubs.Id(position)));

        numbers.ShouldBe([1, 1, 1, 2, 2, 3, 4, 4]);
        new ulong[] { 10, 20, 25, 40, 41 }.Select(id => ring.Contains(TestHubs.Id(id))).ShouldBe([false, true, false, true, false]);
    }

    [Fact]
    public void Bytes_OfWhatItHolds_AreTheSumOfTheCosts()
    {
        var ring = new FrameRing();
        var (small, large) = (TestHubs.Frame(1), TestHubs.Frame(2, data: new string('x', 1000)));
        ring.Add(small);
        ring.Add(large);

        ring.Bytes.ShouldBe(small.Cost + large.Cost);
        large.Cost.ShouldBeGreaterThanOrEqualTo(small.Cost + 999);
        ring.RemoveFirst();
        ring.Bytes.ShouldBe(large.Cost);
        ring.RemoveFirst();
        (ring.Bytes, ring.Count, ring.Oldest).ShouldBe((0, 0, null));
    }
}
