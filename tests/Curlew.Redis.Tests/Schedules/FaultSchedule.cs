using System.Globalization;
using System.Threading.Channels;
using Curlew.Redis.Tests.History;
using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>
/// Two nodes over one Redis, each behind a proxy of its own, with publishers and clients, and faults as a seed has them: cut and stalled links, lost answers,
/// a Redis that is killed, nodes that die, clients that come back elsewhere. What happens at the same time is left to chance.
/// </summary>
internal sealed class FaultSchedule : IAsyncDisposable
{
    private const int Clients = 4;

    private readonly Random _random;
    private readonly RedisUnderTest _redis;
    private readonly bool _isPersistent;
    private readonly string _prefix;
    private readonly int _windowBytes;
    private readonly TimeSpan _blockTime;
    private readonly HubHistory _history = new();
    private readonly CutProxy[] _proxies;
    private readonly Node[] _nodes = new Node[2];
    private readonly List<Traveller> _clients = [];
    private readonly List<string> _acts = [];
    private int _published;

    public FaultSchedule(int seed, RedisUnderTest redis, bool isPersistent)
    {
        _random = new Random(isPersistent ? seed : -seed);
        _redis = redis;
        _isPersistent = isPersistent;
        _prefix = string.Create(CultureInfo.InvariantCulture, $"faults{seed}");
        _windowBytes = _random.Next(2) == 0 ? 500 : 1 << 20;
        _blockTime = TimeSpan.FromMilliseconds(_random.Next(20, 300));
        _proxies = [CutProxy.Start(redis.Port), CutProxy.Start(redis.Port)];
    }

    public override string ToString() => string.Join(", ", _acts);

    public async Task RunAsync()
    {
        for (var i = 0; i < _nodes.Length; i++)
            _nodes[i] = await StartNodeAsync(i);
        for (var i = 0; i < Clients; i++)
        {
            var client = new Traveller(_history.AddClient(string.Create(CultureInfo.InvariantCulture, $"client{i}"), _history.Losses));
            _clients.Add(client);
            client.Travel(i % _nodes.Length, _nodes);
        }

        var lanes = Enumerable.Range(0, 3).Select(static _ => Channel.CreateUnbounded<int>()).ToArray();
        var publishers = lanes.Select(lane => PublishAllAsync(lane.Reader)).ToArray();
        for (var step = _random.Next(4, 9); step > 0; step--)
        {
            for (var i = _random.Next(12); i > 0; i--)
                lanes[_random.Next(lanes.Length)].Writer.TryWrite(++_published);
            _acts.Add(await ActAsync());
        }

        foreach (var proxy in _proxies)
            proxy.CutAnswers(0);
        foreach (var lane in lanes)
            lane.Writer.Complete();
        await Task.WhenAll(publishers);
        await Task.WhenAll(_clients.Select(static client => client.Journey));
        await ArriveAsync();
        _history.Check();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies)
            proxy.Resume();
        foreach (var node in _nodes.OfType<Node>())
            await node.DisposeAsync();
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
    }

    private Task<Node> StartNodeAsync(int index) => Node.StartAsync(
        $"127.0.0.1:{_proxies[index].Port},asyncTimeout=500",
        _prefix,
        builder => builder.ConfigureHub(hub => hub.WindowBytes = _windowBytes),
        redis => redis.BlockTime = _blockTime);

    private async Task<string> ActAsync()
    {
        var which = _random.Next(_nodes.Length);
        switch (_random.Next(10))
        {
            case 0 or 1:
                _proxies[which].Cut();
                return $"cut {which}";
            case 2:
                _proxies[which].Stall();
                // How long a link says nothing, and not how long something is waited for.
                await Task.Delay(_random.Next(400), TestContext.Current.CancellationToken);
                _proxies[which].Resume();
                return $"stall {which}";
            case 3:
                _proxies[which].CutAnswers(_random.Next(1, 3));
                return $"answers cut {which}";
            case 4 or 5:
                return await RestartRedisAsync();
            case 6:
                await _nodes[which].DisposeAsync();
                Volatile.Write(ref _nodes[which], await StartNodeAsync(which));
                foreach (var client in _clients.Where(client => client.Node == which))
                    await TravelAsync(client, _random.Next(_nodes.Length));
                return $"node {which}";
            default:
                await TravelAsync(_clients[_random.Next(Clients)], which);
                return $"client to {which}";
        }
    }

    private async Task<string> RestartRedisAsync()
    {
        await _redis.KillAsync();
        if (!_isPersistent)
            _history.Lose(new EventId((ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), ulong.MaxValue));
        // Some come back in the middle of it.
        var isTravelling = _random.Next(2) == 0;
        var traveller = _clients[_random.Next(Clients)];
        var to = _random.Next(_nodes.Length);
        if (isTravelling && traveller.Journey.IsCompleted)
            traveller.Travel(to, _nodes);
        await _redis.StartAgainAsync();
        return isTravelling ? "restart with a traveller" : "restart";
    }

    private async Task TravelAsync(Traveller client, int node)
    {
        await client.Journey;
        client.Travel(node, _nodes);
    }

    private async Task PublishAllAsync(ChannelReader<int> numbers)
    {
        await foreach (var number in numbers.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            _history.Attempt(number);
            if (number % 3 == 0)
                await PublishOnceAsync(number);
            else
                await PublishSurelyAsync(number);
        }
    }

    /// <summary>Publishes until it is certain that the event is in the log, once: all attempts have one key.</summary>
    private Task PublishSurelyAsync(int number) => Eventually.UntilAsync(async () =>
    {
        try
        {
            _history.Acknowledge(number, await PublishAsync(number, string.Create(CultureInfo.InvariantCulture, $"{number}")));
            return true;
        }
        catch (Exception e) when (e is EventLogUnavailableException or ObjectDisposedException)
        {
            return false;
        }
    });

    private async Task PublishOnceAsync(int number)
    {
        try
        {
            _history.Acknowledge(number, await PublishAsync(number, key: null));
        }
        catch (EventLogUnavailableException e) when (e.Message.StartsWith("Nothing was appended.", StringComparison.Ordinal))
        {
            _history.Refuse(number);
        }
        catch (Exception e) when (e is EventLogUnavailableException or ObjectDisposedException)
        {
            // Nobody knows.
        }
    }

    private async Task<EventId> PublishAsync(int number, string? key)
    {
        var node = Volatile.Read(ref _nodes[number % _nodes.Length]);
        return await node.Publisher.PublishAsync([NewEvent.FromText(["a"], string.Create(CultureInfo.InvariantCulture, $"{number}"))], key, Deadline.Token);
    }

    /// <summary>One more event, and everybody has it: then all that was before it has arrived, or never will.</summary>
    private async Task ArriveAsync()
    {
        var last = ++_published;
        _history.Attempt(last);
        await PublishSurelyAsync(last);
        var id = _history.NewestAcknowledged;
        try
        {
            await Eventually.UntilAsync(() => _clients.TrueForAll(client => client.Newest >= id), because: $"{id} reaches everybody");
        }
        finally
        {
            foreach (var client in _clients)
                client.Leave();
        }
    }
}
