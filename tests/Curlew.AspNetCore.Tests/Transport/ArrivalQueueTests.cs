namespace Curlew.AspNetCore.Tests.Transport;

public sealed class ArrivalQueueTests
{
    private readonly Queue<IThreadPoolWorkItem> _workItems = new();
    private readonly ArrivalQueue _queue;
    private readonly List<string> _ran = [];
    private bool _mustYield;

    public ArrivalQueueTests() => _queue = new(maxWorkItems: 2, _workItems.Enqueue, () => _mustYield);

    [Fact]
    public void WhoHasBeenServed_GoesAheadOfWhoIsNew()
    {
        for (var i = 0; i < 3; i++)
            ArriveNew($"new {i}");
        Arrive("served");

        RunAll();

        _ran.ShouldBe(["served", "new 0", "new 1", "new 2"]);
    }

    [Fact]
    public void WhoIsNew_Yields_UntilAdmitted()
    {
        _mustYield = true;
        for (var i = 0; i < 6; i++)
            ArriveNew($"new {i}");
        _workItems.ShouldBeEmpty();
        Arrive("served");
        RunAll();
        _ran.ShouldBe(["served"]);

        _queue.Admit(3);
        RunAll();
        _ran.ShouldBe(["served", "new 0", "new 1", "new 2"]);

        _mustYield = false;
        _queue.Admit(0);
        RunAll();
        _ran.ShouldBe(["served", "new 0", "new 1", "new 2", "new 3", "new 4", "new 5"]);
    }

    [Fact]
    public void WhoIsNew_AndHasToYieldOnceItIsHisTurn_Waits()
    {
        ArriveNew("new");
        _mustYield = true;

        RunAll();
        _ran.ShouldBeEmpty();

        _mustYield = false;
        _queue.Admit(0);
        RunAll();
        _ran.ShouldBe(["new"]);
    }

    [Fact]
    public void WhatWasNotTakenUp_IsGone()
    {
        _mustYield = true;
        _queue.Admit(1);
        _queue.Admit(1);
        ArriveNew("new 0");
        ArriveNew("new 1");

        RunAll();

        _ran.ShouldBe(["new 0"]);
    }

    [Fact]
    public void WhoIsNew_GetsOn_HoweverMuchComesFromOthers()
    {
        var ran = 0;
        ArriveNew("new");
        _queue.Schedule(Again, null);

        for (var i = 0; i < 20; i++)
            _workItems.Dequeue().Execute();

        _ran.ShouldBe(["new"]);
        ran.ShouldBe(19);

        void Again(object? state)
        {
            ran++;
            _queue.Schedule(Again, null);
        }
    }

    [Fact]
    public void EachOfThem_RunsOnce_InOrder_WithItsState()
    {
        var ran = new List<object?>();
        for (var i = 0; i < 100; i++)
            _queue.Schedule(ran.Add, i);

        RunAll();

        ran.ShouldBe(Enumerable.Range(0, 100).Cast<object?>());
    }

    [Fact]
    public void OfThePool_ItTakesNoMoreRoomThanItMay()
    {
        for (var i = 0; i < 100; i++)
        {
            _queue.Schedule(_ => _workItems.Count.ShouldBeLessThanOrEqualTo(2), null);
            _workItems.Count.ShouldBeLessThanOrEqualTo(2);
        }

        RunAll();
    }

    [Fact]
    public void OneThatBlocks_DoesNotHoldUpTheOthers()
    {
        var ran = 0;
        // As if this one waited for those that came after it.
        _queue.Schedule(_ => RunAll(), null);
        for (var i = 0; i < 10; i++)
            _queue.Schedule(_ => ran++, null);

        _workItems.Dequeue().Execute();

        ran.ShouldBe(10);
    }

    private void Arrive(string who) => _queue.Schedule(_ => _ran.Add(who), null);

    private void ArriveNew(string who)
    {
        _ = WaitAsync();

        async Task WaitAsync()
        {
            await _queue.WaitForTurnAsync().ConfigureAwait(false);
            _ran.Add(who);
        }
    }

    private void RunAll()
    {
        while (_workItems.TryDequeue(out var item))
            item.Execute();
    }
}
