namespace Curlew.Tests.Simulation;

/// <summary>The in-memory log, as it is.</summary>
internal sealed class MemoryStore(MemoryEventLog log, EventModel model) : SimulatedStore
{
    private readonly Dictionary<string, EventId> _keys = [];

    public override LogBounds Bounds => Completed(log.GetBoundsAsync(default));

    public override bool IsShared => false;

    public override IEventLog Open(SimulatedNode node)
    {
        model.NoteTrimmedThrough(Bounds.TrimmedThrough);
        return log;
    }

    public override void Append(IReadOnlyList<NewEvent> batch, string? key)
    {
        var before = Bounds.Newest;
        // Completed at once: nothing that a client does holds up a publisher.
        var id = Completed(log.AppendAsync(batch, key, default));
        if (key is not null && _keys.TryGetValue(key, out var first))
        {
            if (id != first || Bounds.Newest != before)
                throw new OracleException($"the repeated key '{key}' gave {id}, the newest event is {Bounds.Newest}; the first call gave {first}");
            return;
        }

        var frames = Completed(log.ReadAsync(before, int.MaxValue, default)).Frames;
        if (frames.Count != batch.Count || frames[^1].Id != id)
            throw new OracleException($"a batch of {batch.Count} was appended as {frames.Count} events, the last one {frames[^1].Id}; the id returned is {id}");
        for (var i = 0; i < frames.Count; i++)
            model.Add(frames[i].Id, batch[i]);
        if (key is not null)
            _keys.Add(key, id);
    }

    public override TailPage? TryTail(SimulatedNode node)
    {
        var after = node.TailPosition;
        return log.TryTail(ref after, out var page) ? new(page, Resets) : null;
    }

    private static T Completed<T>(ValueTask<T> task) =>
        task.IsCompleted ? task.GetAwaiter().GetResult() : throw new OracleException("a call of the in-memory log had to wait");
}
