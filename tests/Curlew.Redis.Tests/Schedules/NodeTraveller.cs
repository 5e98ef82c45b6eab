using System.Globalization;
using Curlew.Redis.Tests.History;
using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis.Tests.Schedules;

/// <summary>A client of servers within the process, without HTTP.</summary>
/// <param name="history">Takes what it is sent, whenever it leaves a stream.</param>
/// <param name="serverAt">The servers as they are at each attempt.</param>
internal sealed class NodeTraveller(ClientHistory history, Func<int, NodeServer> serverAt) : ITraveller
{
    private Hubs.Client? _client;
    private EventId? _lastId;

    public Task Journey { get; private set; } = Task.CompletedTask;

    public int Server { get; private set; }

    public EventId Newest => _client?.All is [.., var last] ? last.Id : EventId.Zero;

    public void Travel(int server)
    {
        Server = server;
        Leave();
        Journey = ArriveAsync(server);
    }

    public ValueTask DisposeAsync()
    {
        Leave();
        return ValueTask.CompletedTask;
    }

    private void Leave()
    {
        if (_client is null)
            return;
        _lastId = _client.JoinedAt ?? _lastId;
        foreach (var (text, _, id) in _client.Leave())
        {
            history.Add(text[0] == '!' ? Heard.GapOf(text[1..], id) : Heard.Event(id, int.Parse(text, CultureInfo.InvariantCulture)));
            _lastId = id;
        }

        _client = null;
    }

    private async Task ArriveAsync(int server)
    {
        var start = _lastId is { } id ? StartPosition.After(id.ToString()) : StartPosition.Earliest;
        await Eventually.UntilAsync(async () =>
        {
            try
            {
                _client = await serverAt(server).Node.SubscribeAsync(start);
                return true;
            }
            catch (Exception e) when (e is EventLogUnavailableException or ObjectDisposedException or OperationCanceledException)
            {
                // Redis is away, or the node is dead.
                return false;
            }
        }, FaultSchedule.Patience);
    }
}
