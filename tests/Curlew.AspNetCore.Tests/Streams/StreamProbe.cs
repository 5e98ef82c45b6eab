using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Curlew.AspNetCore.Tests.Streams;

/// <summary>Sources that a test can hold, and what became of them.</summary>
internal sealed class StreamProbe
{
    private int _disposed;

    /// <summary>How many of the sources have been disposed.</summary>
    public int Disposed => Volatile.Read(ref _disposed);

    public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ConcurrentQueue<EventStreamCompletion> Completions { get; } = new();

    public EventStreamOptions Options => new() { OnCompleted = Complete };

    public Task Complete(EventStreamCompletion completion)
    {
        Completions.Enqueue(completion);
        return Task.CompletedTask;
    }

    /// <summary>One event at once; the second when it is released.</summary>
    public async IAsyncEnumerable<string> TwoAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            yield return "first";
            await Release.Task.WaitAsync(cancellationToken);
            yield return "second";
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested)
                Cancelled.TrySetResult();
            Interlocked.Increment(ref _disposed);
        }
    }

    /// <summary>The same, but it does not heed its token.</summary>
    public async IAsyncEnumerable<string> StubbornAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var registration = cancellationToken.Register(() => Cancelled.TrySetResult());
        try
        {
            yield return "first";
            await Release.Task;
            yield return "second";
        }
        finally
        {
            Interlocked.Increment(ref _disposed);
        }
    }

    /// <summary>The same, blocking the thread that enumerates it.</summary>
    public IEnumerable<string> Blocking()
    {
        try
        {
            yield return "first";
            Release.Task.Wait();
            yield return $"second on {Thread.CurrentThread.Name}";
        }
        finally
        {
            Interlocked.Increment(ref _disposed);
        }
    }

    /// <summary>Gives events for as long as it is asked.</summary>
    public IEnumerable<string> Endless()
    {
        try
        {
            var item = new string('x', 1000);
            while (true)
                yield return item;
        }
        finally
        {
            Interlocked.Increment(ref _disposed);
        }
    }

    /// <summary>Waits for the one completion, and gives time to a second one to be seen.</summary>
    public async Task<EventStreamCompletion> CompletionAsync(StreamApp app)
    {
        await Eventually.UntilAsync(() => !Completions.IsEmpty);
        await app.ShouldHoldNothingAsync();
        return Completions.ShouldHaveSingleItem();
    }
}
