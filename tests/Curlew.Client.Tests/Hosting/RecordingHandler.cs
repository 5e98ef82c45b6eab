using System.Collections.Concurrent;

namespace Curlew.Client.Tests;

/// <summary>Notes what a handler was given, and does what a test says before it counts as handled.</summary>
internal sealed class Recording
{
    public ConcurrentQueue<string> Handled { get; } = new();

    public Func<string, CancellationToken, ValueTask> Before { get; set; } = static (_, _) => default;
}

internal sealed class RecordingHandler(Recording recording) : IEventHandler<string>
{
    public async ValueTask HandleAsync(SseItem<string> item, CancellationToken cancel)
    {
        await recording.Before(item.Data, cancel);
        recording.Handled.Enqueue(item.Data);
    }

    public ValueTask HandleGapAsync(EventStreamGap gap, CancellationToken cancel)
    {
        recording.Handled.Enqueue($"gap {gap.Reason}");
        return default;
    }
}
