using System.Globalization;
using Curlew.Redis.Tests.History;
using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>A client that comes back, on whichever node, with the last id that it was sent. Not thread-safe.</summary>
internal sealed class Traveller(ClientHistory history)
{
    private Client? _client;
    private EventId? _lastId;

    /// <summary>The journey that is under way, or the last one.</summary>
    public Task Journey { get; private set; } = Task.CompletedTask;

    /// <summary>Which node it was sent to last.</summary>
    public int Node { get; private set; }

    /// <summary>The newest id that it was sent on the stream that it has.</summary>
    public EventId Newest => _client?.All is [.., var last] ? last.Id : EventId.Zero;

    /// <summary>Ends its stream and begins another, as soon as the node takes it. One journey at a time.</summary>
    /// <param name="index">Which node.</param>
    /// <param name="nodes">The nodes as they are at each attempt.</param>
    public void Travel(int index, Node[] nodes)
    {
        Node = index;
        Leave();
        Journey = ArriveAsync(() => Volatile.Read(ref nodes[index]));
    }

    /// <summary>Ends its stream.</summary>
    public void Leave()
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

    private async Task ArriveAsync(Func<Node> node)
    {
        var start = _lastId is { } id ? StartPosition.After(id.ToString()) : StartPosition.Earliest;
        await Eventually.UntilAsync(async () =>
        {
            try
            {
                _client = await node().SubscribeAsync(start);
                return true;
            }
            catch (Exception e) when (e is EventLogUnavailableException or ObjectDisposedException or OperationCanceledException)
            {
                // Redis is away, or the node is dead.
                return false;
            }
        });
    }
}
