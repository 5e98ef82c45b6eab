using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Curlew;

/// <summary>The engine's instruments, on the meter <c>Curlew</c>. Tags name hubs and reasons, never topics or users: their number is bounded.</summary>
internal sealed class CurlewMetrics
{
    public const string MeterName = "Curlew";
    public const string HubTag = "curlew.hub";
    public const string ReasonTag = "curlew.reason";

    private readonly Counter<long> _published;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _gaps;
    private readonly Counter<long> _outboxDropped;

    public CurlewMetrics(IMeterFactory meters)
    {
        Meter = meters.Create(MeterName);
        _published = Meter.CreateCounter<long>("curlew.events.published", "{event}", "Events that publishers appended to a log.");
        _dropped = Meter.CreateCounter<long>("curlew.events.dropped", "{event}", "Events dropped from the queues of slow clients whose policy is to drop.");
        _gaps = Meter.CreateCounter<long>("curlew.gaps", "{gap}", "Gaps told to clients.");
        _outboxDropped = Meter.CreateCounter<long>("curlew.outbox.dropped", "{event}", "Events for which the outbox had no room.");
    }

    public Meter Meter { get; }

    public void Published(string hub, int count) => _published.Add(count, Tag(hub));

    public void EventDropped(string hub) => _dropped.Add(1, Tag(hub));

    public void GapTold(string hub, GapReason reason)
    {
        var tags = new TagList { Tag(hub), new(ReasonTag, Gap.NameOf(reason)) };
        _gaps.Add(1, tags);
    }

    public void OutboxDropped(string hub, int count = 1) => _outboxDropped.Add(count, Tag(hub));

    /// <summary>Observes the hubs' sizes.</summary>
    public void Observe(HubRegistry hubs)
    {
        Meter.CreateObservableGauge("curlew.events.retained", () => hubs.All.Select(hub => Measure(hub, hub.RetainedEvents)), "{event}", "Events held in memory.");
        Meter.CreateObservableGauge("curlew.retained.size", () => hubs.All.Select(hub => Measure(hub, hub.RetainedBytes)), "By", "Memory of the events held.");
        Meter.CreateObservableGauge("curlew.subscriptions", () => hubs.All.Select(hub => Measure(hub, hub.SubscriptionCount)), "{subscription}", "Open subscriptions.");
    }

    private static Measurement<long> Measure(Hub hub, long value) => new(value, Tag(hub.Name));

    public static KeyValuePair<string, object?> Tag(string hub) => new(HubTag, hub.Length == 0 ? "default" : hub);
}
