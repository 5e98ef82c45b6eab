using System.Globalization;
using BenchmarkDotNet.Attributes;

namespace Curlew.Micro;

/// <summary>
/// What the number of different filters in a hub does to an event that one of them matches: from its routing until it has been taken from the queue of
/// that one's subscription. Beside it, what one filter costs by itself, as where a replay looks at every event.
/// </summary>
public class TopicFilters : IDisposable
{
    private const int Topics = 64;

    private readonly FrameBatch _batch = new();
    private TestHub _hub = null!;
    private Frame[] _frames = [];
    private Subscription[] _subscriptions = [];
    private TopicFilter _filter = null!;
    private string _topic = "";
    private long _number;

    [ParamsAllValues]
    public FilterKind Kind { get; set; }

    [Params(10, 10_000)]
    public int Filters { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _hub = new();
        _subscriptions = [.. Enumerable.Range(0, Filters).Select(number => _hub.Subscribe(new([Filter(number)]), Deaf.Instance))];
        _number = (long)_hub.Hub.Routed.Milliseconds;
        _frames = [.. Enumerable.Range(0, Topics).Select(i => Frames.Of(Frames.Topic(i * Filters / Topics)))];
        (_filter, _topic) = (Filter(7), Frames.Topic(7));
        for (var i = 0; i < Topics; i++)
        {
            if (Route() != 1)
                throw new InvalidOperationException("One subscription has the event.");
        }
    }

    /// <returns>The events that were delivered: one.</returns>
    [Benchmark]
    public int Route()
    {
        var i = (int)(++_number % Topics);
        var frame = _frames[i];
        frame.Seal(new((ulong)_number, 0), withId: true);
        var hub = _hub.Hub;
        lock (hub.Order)
            hub.Router.Route(frame);
        _subscriptions[i * Filters / Topics].Read(_batch);
        var count = _batch.Count;
        _batch.Clear();
        return count;
    }

    [Benchmark]
    public bool Match() => _filter.Matches(_topic);

    [Benchmark]
    public TopicFilter Parse() => TopicFilter.Parse(_filter.Text);

    [GlobalCleanup]
    public void Dispose()
    {
        _hub.Dispose();
        GC.SuppressFinalize(this);
    }

    private TopicFilter Filter(int number) => TopicFilter.Parse(Kind switch
    {
        FilterKind.Segment => string.Create(CultureInfo.InvariantCulture, $"*/{number}/readings"),
        FilterKind.Rest => string.Create(CultureInfo.InvariantCulture, $"rooms/{number}/**"),
        _ => Frames.Topic(number),
    });
}
