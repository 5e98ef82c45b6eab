namespace Curlew.Tests.Simulation;

/// <summary>What holds the events, as the schedule drives it.</summary>
internal abstract class SimulatedStore
{
    /// <summary>What the store holds at this moment.</summary>
    public abstract LogBounds Bounds { get; }

    /// <summary>How often the store has lost events.</summary>
    public int Resets { get; protected set; }

    /// <summary>Whether several nodes may stand on it.</summary>
    public abstract bool IsShared { get; }

    /// <summary>The store as one node sees it.</summary>
    public abstract IEventLog Open(SimulatedNode node);

    public abstract void Append(IReadOnlyList<NewEvent> batch, string? key);

    /// <summary>The next page of a node's tail, if it is complete: it may take several calls.</summary>
    public abstract TailPage? TryTail(SimulatedNode node);

    /// <summary>The store's own retention, at a time of its own. Says what it did, if anything.</summary>
    public virtual string? Trim(Random random) => null;

    /// <summary>A failover or a flush: the store loses events. Says what it did, if anything.</summary>
    public virtual string? Lose(Random random) => null;

    /// <summary>Completes a part of an operation of the node that is under way, if there is any. Says what it did.</summary>
    public virtual string? Advance(SimulatedNode node, Random random, bool mayFail) => null;
}

/// <summary>A page of a tail, and how many losses of the store it knows of.</summary>
internal sealed record TailPage(EventPage Page, int Resets);
