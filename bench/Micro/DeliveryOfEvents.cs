using System.Net.Sockets;
using BenchmarkDotNet.Attributes;

namespace Curlew.Micro;

/// <summary>
/// What it costs to bring an event to 1,000 streams: routed, queued for each, taken and written by the loop of each connection. The figures are for one
/// event and all of its streams. What a delivery allocates is nothing: <see cref="Deliver"/> allocates nothing for all of them; and <see cref="Publish"/>
/// only what an event takes once, whatever the number of its streams. The loops run on all processors, so time is not CPU time.
/// </summary>
public class DeliveryOfEvents : IDisposable
{
    private const string Topic = "rooms/1/readings";

    private readonly Frame _frame = Frames.Of(Topic);
    private readonly NewEvent[] _event = [Frames.Event(Topic)];
    private TestHub _hub = null!;
    private SubscriptionConnection[] _connections = [];
    private Task[] _running = [];
    private ConnectionClock _clock = null!;
    private (Socket Sender, Socket Receiver) _sockets;
    private ulong _time;
    private long _delivered;

    [Params(1_000)]
    public int Streams { get; set; }

    [ParamsAllValues]
    public StreamOutput Output { get; set; }

    [GlobalSetup(Target = nameof(Deliver))]
    public void Open()
    {
        _hub = new();
        _clock = _hub.Get<ConnectionClock>();
        _time = _hub.Hub.Routed.Milliseconds;
        _sockets = DiscardedResponse.CreateSockets();
        var interest = new Interest([TopicFilter.Literal(Topic)]);
        _connections = [.. Enumerable.Range(0, Streams).Select(_ =>
        {
            var connection = new SubscriptionConnection(
                DiscardedResponse.Begin(Output == StreamOutput.Connection ? _sockets.Sender : null),
                _hub.Get<EventStreamHost>(),
                _hub.Hub,
                interest,
                _hub.Reserve(),
                isEnveloped: false);
            connection.Subscription = _hub.Subscribe(interest, connection);
            return connection;
        })];
        _running = Array.ConvertAll(_connections, static connection => connection.RunAsync());
    }

    [GlobalSetup(Target = nameof(Publish))]
    public void OpenAndTail()
    {
        Open();
        _hub.Hub.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <returns>The events that each stream has been sent.</returns>
    [Benchmark]
    public long Deliver()
    {
        _frame.Seal(new(++_time, 0), withId: true);
        var start = _clock.Now;
        var hub = _hub.Hub;
        lock (hub.Order)
            hub.Router.Route(_frame);
        return WaitUntilSent(start);
    }

    /// <returns>The events that each stream has been sent.</returns>
    [Benchmark]
    public async Task<long> Publish()
    {
        var start = _clock.Now;
        await _hub.Publisher.PublishAsync(_event);
        return WaitUntilSent(start);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        foreach (var connection in _connections)
            connection.Close(CloseReason.Drained);
        Task.WaitAll(_running);
        _hub.Dispose();
        _sockets.Sender.Dispose();
        _sockets.Receiver.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Waits until each loop has flushed the event.</summary>
    private long WaitUntilSent(long start)
    {
        _delivered++;
        var spin = new SpinWait();
        foreach (var connection in _connections)
        {
            while (connection.EventsSent < _delivered || connection.LastWrite < start)
                spin.SpinOnce(sleep1Threshold: -1);
        }

        return _delivered;
    }
}
