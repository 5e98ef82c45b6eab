using static Curlew.Tests.TestHubs;

namespace Curlew.Tests.Fanout;

public sealed class FrameQueueTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void FrameQueue_AnyOperations_AgreesWithAQueue(int seed)
    {
        var random = new Random(seed);
        var queue = default(FrameQueue);
        var model = new Queue<Frame>();

        for (ulong step = 1; step <= 5000; step++)
        {
            // It grows and shrinks by turns, so that its ring wraps round and is given up.
            if (random.Next(100) == 0)
            {
                queue.Clear();
                model.Clear();
            }
            else if (random.Next(10) < (step / 500 % 2 == 0 ? 6 : 4))
            {
                var frame = Frame(step, data: new string('x', random.Next(50)));
                queue.Enqueue(frame);
                model.Enqueue(frame);
            }
            else if (model.Count > 0)
            {
                queue.Dequeue().ShouldBeSameAs(model.Dequeue());
            }

            queue.Count.ShouldBe(model.Count);
            queue.Bytes.ShouldBe(model.Sum(static frame => frame.Length));
        }
    }

    [Fact]
    public void FrameQueue_BurstAfterBurst_AllocatesNothing()
    {
        var frame = Frame(1, data: "x");
        var queues = new FrameQueue[500];

        // The pool belongs to the process: what other tests hold of it at the moment is not there, so that a single burst may have to allocate an array.
        Enumerable.Range(0, 20).Min(_ => AllocatedByBurst()).ShouldBe(0);

        long AllocatedByBurst()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (ref var queue in queues.AsSpan())
            {
                for (var i = 0; i < 200; i++)
                    queue.Enqueue(frame);
            }

            foreach (ref var queue in queues.AsSpan())
            {
                while (queue.Count > 0)
                    queue.Dequeue();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
