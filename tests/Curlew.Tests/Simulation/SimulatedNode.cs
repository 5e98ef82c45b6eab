using Microsoft.Extensions.Logging.Abstractions;

namespace Curlew.Tests.Simulation;

/// <summary>A process: a hub over the store, whose tail and ticks are driven by the schedule.</summary>
internal sealed class SimulatedNode
{
    private readonly Queue<TailPage> _routing = new();

    public SimulatedNode(string name, SimulatedStore store, HubOptions options, TimeProvider time, CurlewMetrics metrics)
    {
        Name = name;
        Resets = store.Resets;
        Log = store.Open(this);
        Hub = new("", options, Log, time, metrics, NullLogger.Instance);
        Opening = Hub.OpenAsync(default);
    }

    public string Name { get; }

    public Hub Hub { get; }

    public IEventLog Log { get; }

    public Task Opening { get; }

    public bool IsOpen { get; set; }

    /// <summary>How many losses of the store its hub has been told of.</summary>
    public int Resets { get; private set; }

    /// <summary>Where the tail's next page begins: everything before has been routed.</summary>
    public EventId TailPosition => Hub.Routed;

    /// <summary>The first half of a page of the tail.</summary>
    public (ModelEvent[] Events, bool IsReset, int Resets)? TailRead { get; set; }

    public LogBounds TailBounds { get; private set; }

    public bool HasPage => _routing.Count > 0;

    /// <summary>Whom the last tick of the keep-alives has still to ask.</summary>
    public Queue<SimulatedConnection> TickAsks { get; } = new();

    public Task? Trimming { get; set; }

    /// <summary>Takes a page of the tail, to be routed in parts: others may do something between any two frames.</summary>
    public void TakePage(TailPage page, Random random)
    {
        TailBounds = page.Page.Bounds;
        var frames = page.Page.Frames;
        var from = 0;
        do
        {
            var count = frames.Count == 0 ? 0 : random.Next(1, frames.Count - from + 1);
            _routing.Enqueue(page with { Page = new([.. frames.Skip(from).Take(count)], page.Page.Bounds, page.Page.IsReset && from == 0) });
            from += count;
        }
        while (from < frames.Count);
    }

    public EventPage RoutePart()
    {
        var part = _routing.Dequeue();
        Hub.Route(part.Page);
        Resets = part.Resets;
        return part.Page;
    }
}
