using BenchmarkDotNet.Attributes;

namespace Curlew.Micro;

/// <summary>
/// What an event costs that is routed to every live subscription, and taken from the queue of each. The figures are for one event: divide by the
/// subscriptions for a delivery. <see cref="DeliveryOfEvents"/> has what connections add.
/// </summary>
public class RoutingOfEvents : IDisposable
{
    private readonly FrameBatch _batch = new();
    private readonly Frame _frame = Frames.Of(Frames.Topic(1));
    private TestHub _hub = null!;
    private Subscription[] _subscriptions = [];
    private ulong _time;

    [Params(1, 100, 10_000)]
    public int Subscriptions { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _hub = new();
        _time = _hub.Hub.Routed.Milliseconds;
        var interest = new Interest([TopicFilter.Literal(Frames.Topic(1))]);
        _subscriptions = [.. Enumerable.Range(0, Subscriptions).Select(_ => _hub.Subscribe(interest, Deaf.Instance))];
        if (RouteAndTake() != Subscriptions)
            throw new InvalidOperationException("Every subscription has the event.");
    }

    /// <returns>The events that were delivered.</returns>
    [Benchmark]
    public int RouteAndTake()
    {
        _frame.Seal(new(++_time, 0), withId: true);
        var hub = _hub.Hub;
        lock (hub.Order)
            hub.Router.Route(_frame);
        var count = 0;
        foreach (var subscription in _subscriptions)
        {
            subscription.Read(_batch);
            count += _batch.Count;
            _batch.Clear();
        }

        return count;
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _hub.Dispose();
        GC.SuppressFinalize(this);
    }
}
