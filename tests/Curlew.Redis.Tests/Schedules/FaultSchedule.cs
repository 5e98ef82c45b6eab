using System.Globalization;
using System.Threading.Channels;
using Curlew.Redis.Tests.History;
using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis.Tests.Schedules;

/// <summary>
/// Two servers over one Redis, each behind a proxy of its own, with publishers and clients, and faults as a seed has them: cut and stalled links, lost answers,
/// a Redis that is killed or flushed, servers that die, clients that come back elsewhere. What happens at the same time is left to chance.
/// </summary>
/// <param name="seed">Which faults there are.</param>
/// <param name="redis">An empty one, which the schedule has for itself.</param>
/// <param name="isPersistent">Whether Redis keeps its data when it is killed; it is not flushed then.</param>
internal abstract class FaultSchedule(int seed, RedisUnderTest redis, bool isPersistent) : IAsyncDisposable
{
    /// <summary>How long anything may take: a server that is cut off from Redis waits for it, and so does who asks for its log.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    protected const int Servers = 2;
    private const int Clients = 4;

    /// <summary>
    /// Loses everything, and answers with a time that no id of the lost log is above, in milliseconds, and that the clock has gone past before anybody can
    /// append again. It has gone past after so many looks even on a server whose scripts see it stand still.
    /// </summary>
    private const string Flush =
        """
        local function now()
          local time = redis.call('TIME')
          return time[1] * 1000 + math.floor(time[2] / 1000)
        end
        local last = now()
        redis.call('FLUSHALL')
        local looks = 0
        while now() <= last and looks < 100000 do looks = looks + 1 end
        return string.format('%.0f', last)
        """;

    private readonly HubHistory _history = new();
    private readonly CutProxy[] _proxies = [CutProxy.Start(redis.Port), CutProxy.Start(redis.Port)];
    private readonly IServer[] _servers = new IServer[Servers];
    private readonly List<ITraveller> _clients = [];
    private readonly List<string> _acts = [];
    private int _published;

    protected Random Random { get; } = new(isPersistent ? seed : -seed);

    public override string ToString() => string.Join(", ", _acts);

    public async Task RunAsync()
    {
        for (var i = 0; i < _servers.Length; i++)
            _servers[i] = await StartAsync(_proxies[i].Port);
        for (var i = 0; i < Clients; i++)
        {
            var client = CreateClient(_history.AddClient(string.Create(CultureInfo.InvariantCulture, $"client{i}"), _history.Losses));
            _clients.Add(client);
            client.Travel(i % _servers.Length);
        }

        var lanes = Enumerable.Range(0, 3).Select(static _ => Channel.CreateUnbounded<int>()).ToArray();
        var publishers = lanes.Select(lane => PublishAllAsync(lane.Reader)).ToArray();
        for (var step = Random.Next(4, 9); step > 0; step--)
        {
            for (var i = Random.Next(12); i > 0; i--)
                lanes[Random.Next(lanes.Length)].Writer.TryWrite(++_published);
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
        foreach (var client in _clients)
            await client.DisposeAsync();
        foreach (var server in _servers.OfType<IServer>())
            await server.DisposeAsync();
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
    }

    /// <summary>Starts a server, whether or not Redis is there.</summary>
    protected abstract Task<IServer> StartAsync(int redisPort);

    /// <summary>Makes a client that has not begun to travel.</summary>
    protected abstract ITraveller CreateClient(ClientHistory history);

    /// <summary>The server as it is now.</summary>
    protected IServer ServerAt(int index) => Volatile.Read(ref _servers[index]);

    private async Task<string> ActAsync()
    {
        var which = Random.Next(_servers.Length);
        switch (Random.Next(12))
        {
            case 0 or 1:
                _proxies[which].Cut();
                return $"cut {which}";
            case 2:
                _proxies[which].Stall();
                // How long a link says nothing, and not how long something is waited for.
                await Task.Delay(Random.Next(400), TestContext.Current.CancellationToken);
                _proxies[which].Resume();
                return $"stall {which}";
            case 3:
                _proxies[which].CutAnswers(Random.Next(1, 3));
                return $"answers cut {which}";
            case 4:
                return await RestartRedisAsync();
            case 5 when isPersistent:
                return await RestartRedisAsync();
            case 5:
                _history.Lose(EndOfLife(ulong.Parse(await redis.CliAsync("EVAL", Flush, "0"), CultureInfo.InvariantCulture)));
                return "flush";
            case 6 or 7 or 8:
                await ReplaceAsync(which);
                await ResettleAsync(which);
                return $"server {which}";
            default:
                await TravelAsync(_clients[Random.Next(Clients)], which);
                return $"client to {which}";
        }
    }

    private async Task<string> RestartRedisAsync()
    {
        await redis.KillAsync();
        if (!isPersistent)
            _history.Lose(EndOfLife((ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
        var traveller = _clients[Random.Next(Clients)];
        var server = Random.Next(_servers.Length);
        switch (Random.Next(4))
        {
            case 0 or 1:
                // Some come back in the middle of it.
                if (traveller.Journey.IsCompleted)
                    traveller.Travel(server);
                await redis.StartAgainAsync();
                return "restart with a traveller";
            case 2:
                await ReplaceAsync(server);
                await redis.StartAgainAsync();
                await ResettleAsync(server);
                return $"restart with server {server}";
            default:
                await redis.StartAgainAsync();
                return "restart";
        }
    }

    /// <summary>The position that ends a life of the log: no id above it was given, none up to it will be.</summary>
    private static EventId EndOfLife(ulong milliseconds) => new(milliseconds, ulong.MaxValue);

    /// <summary>A server dies, and another takes its place.</summary>
    private async Task ReplaceAsync(int which)
    {
        await _servers[which].DisposeAsync();
        Volatile.Write(ref _servers[which], await StartAsync(_proxies[which].Port));
    }

    /// <summary>Sends the clients of a server that has died elsewhere, where they have not gone by themselves.</summary>
    private async Task ResettleAsync(int which)
    {
        foreach (var client in _clients.Where(client => client.Server == which))
            await TravelAsync(client, Random.Next(_servers.Length));
    }

    private static async Task TravelAsync(ITraveller client, int server)
    {
        await client.Journey;
        client.Travel(server);
    }

    private async Task PublishAllAsync(ChannelReader<int> numbers)
    {
        await foreach (var number in numbers.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            _history.Attempt(number);
            if (number % 3 > 0)
                await PublishSurelyAsync(number);
            else if (await PublishAsync(number, number, key: null) is { Id: null, IsRefused: true })
                _history.Refuse(number);
        }
    }

    /// <summary>Publishes until it is certain that the event is in the log, once: all attempts have one key, on whichever server.</summary>
    private Task PublishSurelyAsync(int number)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{number}");
        var server = number;
        return Eventually.UntilAsync(async () => await PublishAsync(number, server++, key) is { Id: not null }, Patience);
    }

    private async Task<PublishOutcome> PublishAsync(int number, int server, string? key)
    {
        var outcome = await ServerAt(server % _servers.Length).PublishAsync(number, key);
        if (outcome.Id is { } id)
            _history.Acknowledge(number, id);
        return outcome;
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
            await Eventually.UntilAsync(() => _clients.TrueForAll(client => client.Newest >= id), Patience, $"{id} reaches everybody");
        }
        finally
        {
            foreach (var client in _clients)
                await client.DisposeAsync();
        }
    }
}
