using System.Buffers;
using System.IO.Pipelines;

namespace Curlew.AspNetCore.Tests.Transport;

public sealed class ArrivalQueueTests
{
    private readonly Queue<IThreadPoolWorkItem> _workItems = new();
    private readonly ArrivalQueue _queue;

    public ArrivalQueueTests() => _queue = new(maxWorkItems: 2, _workItems.Enqueue);

    [Fact]
    public async Task WhoHasBeenServed_GoesAheadOfWhoIsNew()
    {
        var ran = new List<string>();
        for (var i = 0; i < 3; i++)
            await ArriveAsync(() => ran.Add("new"), isNew: true);
        await ArriveAsync(() => ran.Add("served"), isNew: false);

        RunAll();

        ran.ShouldBe(["served", "new", "new", "new"]);
    }

    [Fact]
    public async Task WhoIsNew_GetsOn_HoweverMuchComesFromOthers()
    {
        var ran = 0;
        var isNewServed = false;
        await ArriveAsync(() => isNewServed = true, isNew: true);
        _queue.Schedule(Again, null);

        for (var i = 0; i < 20; i++)
            _workItems.Dequeue().Execute();

        isNewServed.ShouldBeTrue();
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

    /// <summary>Something comes in on a connection, on which somebody waits for it.</summary>
    private async Task ArriveAsync(Action onArrival, bool isNew)
    {
        var pipe = new Pipe(new PipeOptions(readerScheduler: _queue, useSynchronizationContext: false));
        _ = WaitAsync();
        pipe.Writer.Write("something"u8);
        await ArrivalQueue.FlushAsync(pipe.Writer, isNew);

        async Task WaitAsync()
        {
            await pipe.Reader.ReadAsync(Deadline.Token).ConfigureAwait(false);
            onArrival();
        }
    }

    private void RunAll()
    {
        while (_workItems.TryDequeue(out var item))
            item.Execute();
    }
}
