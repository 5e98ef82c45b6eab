namespace Curlew.AspNetCore.Tests.Transport;

public sealed class ArrivalQueueTests
{
    private readonly Queue<IThreadPoolWorkItem> _workItems = new();
    private readonly ArrivalQueue _queue;

    public ArrivalQueueTests() => _queue = new(maxWorkItems: 2, _workItems.Enqueue);

    [Fact]
    public void WhoHasBeenServed_GoesAheadOfWhoIsNew()
    {
        var ran = new List<string>();
        var served = Served();
        for (var i = 0; i < 3; i++)
            _queue.ForConnection().Schedule(_ => ran.Add("new"), null);
        served.Schedule(_ => ran.Add("served"), null);

        RunAll();

        ran.ShouldBe(["served", "new", "new", "new"]);
    }

    [Fact]
    public void WhoIsNew_GetsOn_HoweverMuchComesFromOthers()
    {
        var served = Served();
        var ran = 0;
        var isNewServed = false;
        _queue.ForConnection().Schedule(_ => isNewServed = true, null);
        served.Schedule(Again, null);

        for (var i = 0; i < 20; i++)
            _workItems.Dequeue().Execute();

        isNewServed.ShouldBeTrue();
        ran.ShouldBe(19);

        void Again(object? state)
        {
            ran++;
            served.Schedule(Again, null);
        }
    }

    [Fact]
    public void EachOfThem_RunsOnce_InOrder_WithItsState()
    {
        var ran = new List<object?>();
        for (var i = 0; i < 100; i++)
            _queue.ForConnection().Schedule(ran.Add, i);

        RunAll();

        ran.ShouldBe(Enumerable.Range(0, 100).Cast<object?>());
    }

    [Fact]
    public void OfThePool_ItTakesNoMoreRoomThanItMay()
    {
        for (var i = 0; i < 100; i++)
        {
            _queue.ForConnection().Schedule(_ => _workItems.Count.ShouldBeLessThanOrEqualTo(2), null);
            _workItems.Count.ShouldBeLessThanOrEqualTo(2);
        }

        RunAll();
    }

    [Fact]
    public void OneThatBlocks_DoesNotHoldUpTheOthers()
    {
        var ran = 0;
        // As if this one waited for those that came after it.
        _queue.ForConnection().Schedule(_ => RunAll(), null);
        for (var i = 0; i < 10; i++)
            _queue.ForConnection().Schedule(_ => ran++, null);

        _workItems.Dequeue().Execute();

        ran.ShouldBe(10);
    }

    /// <summary>A connection whose first requests are behind it.</summary>
    private System.IO.Pipelines.PipeScheduler Served()
    {
        var connection = _queue.ForConnection();
        for (var i = 0; i < 3; i++)
        {
            connection.Schedule(static _ => { }, null);
            RunAll();
        }

        return connection;
    }

    private void RunAll()
    {
        while (_workItems.TryDequeue(out var item))
            item.Execute();
    }
}
