using System.Globalization;
using Curlew.Client;
using Curlew.Redis.Tests.History;
using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis.Tests.Schedules;

/// <summary>A client over HTTP, of processes that die. Whenever its stream ends, or a server does not take it, it goes to the next one by itself.</summary>
internal sealed class HttpTraveller : ITraveller
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly ClientHistory _history;
    private readonly EventSource _source;

    // The server of the next attempt. Written where nothing is read, and by the reader.
    private int _next;
    private Task _reading = Task.CompletedTask;
    private CancellationTokenSource? _stop;

    /// <summary>Makes a client that has not begun to travel.</summary>
    /// <param name="history">Takes what it is sent.</param>
    /// <param name="serverAt">The servers as they are at each attempt.</param>
    /// <param name="servers">How many there are.</param>
    public HttpTraveller(ClientHistory history, Func<int, ProcessServer> serverAt, int servers)
    {
        _history = history;
        // All requests are made to be for one of the servers.
        _source = new EventSource("http://127.0.0.1", new()
        {
            PrepareRequest = (request, _) =>
            {
                // Without a last id of its own it begins with the oldest event.
                request.RequestUri = new Uri(serverAt(_next).Address, "events?topic=a&lastEventId=earliest");
                return default;
            },
            RetryPolicy = failure =>
            {
                _next = (_next + 1) % servers;
                // What is final for the client is so here: the test fails. The servers' own retry is for many clients.
                return failure.DefaultDelay is null ? null : Pause;
            },
        });
    }

    public Task Journey { get; private set; } = Task.CompletedTask;

    public int Server { get; private set; }

    public EventId Newest
    {
        get
        {
            if (_reading.IsFaulted)
                _reading.GetAwaiter().GetResult();
            return _history.All is [.., var last] ? last.Id : EventId.Zero;
        }
    }

    public void Travel(int server)
    {
        Server = server;
        Journey = TravelAsync(server);
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        await _source.DisposeAsync();
    }

    private async Task LeaveAsync()
    {
        if (_stop is null)
            return;
        await _stop.CancelAsync();
        // What it failed of is told where its stream is asked for.
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _stop = null;
    }

    private async Task TravelAsync(int server)
    {
        await LeaveAsync();
        _next = server;
        _stop = new();
        var arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _reading = ReadAsync(arrival, _stop.Token);
        await await Task.WhenAny(arrival.Task, _reading).WaitAsync(FaultSchedule.Patience, TestContext.Current.CancellationToken);
    }

    private async Task ReadAsync(TaskCompletionSource arrival, CancellationToken stop)
    {
        try
        {
            await foreach (var message in _source.ReadMessagesAsync(stop))
            {
                // The first block has the position at which the stream begins, or tells of a gap.
                arrival.TrySetResult();
                if (message.Kind == EventSourceMessageKind.Event)
                    _history.Add(Heard.Event(IdOf(message), int.Parse(message.Item.Data, CultureInfo.InvariantCulture)));
                else if (message.Kind == EventSourceMessageKind.Gap)
                    _history.Add(Heard.GapOf(message.Gap!.Reason, IdOf(message)));
            }

            throw new InvalidOperationException("The stream ended for good.");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // It leaves.
        }
    }

    private static EventId IdOf(EventSourceMessage<string> message) => EventId.Parse(message.LastEventId);
}
