using System.Globalization;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>
/// Random faults while two nodes publish and serve: cut and stalled links, a Redis that is killed and comes back, nodes that die, clients that come back
/// elsewhere. What a client hears in its life is the log, no more and no less; where Redis lost it, a gap stands in its place.
/// </summary>
/// <remarks>A failure names its seed; <c>CURLEW_SEED=n</c> runs that one alone. <c>CURLEW_LONG=1</c> runs many more.</remarks>
public sealed class RandomFaultTests
{
    private const int Steps = 12;

    public static TheoryData<int> Seeds() => int.TryParse(Environment.GetEnvironmentVariable("CURLEW_SEED"), CultureInfo.InvariantCulture, out var seed)
        ? [seed]
        : [.. Enumerable.Range(1, Environment.GetEnvironmentVariable("CURLEW_LONG") == "1" ? 100 : 2)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public Task RedisKeepsItsData_EveryClientHearsTheLog(int seed) => RunAsync(new Random(seed), isPersistent: true);

    [Theory]
    [MemberData(nameof(Seeds))]
    public Task RedisLosesItsData_EveryClientHearsTheLogOrAGap(int seed) => RunAsync(new Random(-seed), isPersistent: false);

    private static async Task RunAsync(Random random, bool isPersistent)
    {
        await using var redis = await RedisUnderTest.StartAsync(new() { AppendOnly = isPersistent });
        await using var proxy = CutProxy.Start(redis.Port);
        Node[] nodes = [await StartAsync(), await StartAsync()];
        Traveller[] clients = [.. Enumerable.Range(0, 4).Select(static _ => new Traveller())];
        foreach (var (i, client) in clients.Index())
            await client.TravelAsync(nodes[i % 2]);
        List<string> history = [];
        var published = 0;
        try
        {
            for (var step = 0; step < Steps; step++)
            {
                for (var i = random.Next(4); i > 0; i--)
                    await PublishAsync(nodes[random.Next(2)], ++published);
                history.Add(await ActAsync(random.Next(10)));
            }

            await PublishAsync(nodes[0], ++published);
            var last = published.ToString(CultureInfo.InvariantCulture);
            foreach (var client in clients)
            {
                await Eventually.UntilAsync(
                    () => client.Heard is [.., var (text, _)] && text == last,
                    because: $"the last event reaches everybody after {string.Join(", ", history)}");
            }

            foreach (var client in clients)
                Check([.. client.Heard.Select(static e => e.Text)], last, isPersistent ? 0 : history.Count(static act => act == "restart"), string.Join(", ", history));
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
        }

        Task<Node> StartAsync() => Node.StartAsync($"127.0.0.1:{proxy.Port},asyncTimeout=500", "random", builder => builder.ConfigureHub(hub => hub.WindowBytes = random.Next(2) == 0 ? 500 : 1 << 20));

        async Task<string> ActAsync(int action)
        {
            switch (action)
            {
                case 0 or 1 or 2:
                    proxy.Cut();
                    return "cut";
                case 3:
                    proxy.Stall();
                    await Task.Delay(random.Next(700), TestContext.Current.CancellationToken);
                    proxy.Resume();
                    return "stall";
                case 4:
                    proxy.CutAnswers(random.Next(3));
                    return "answers cut";
                case 5:
                    await redis.KillAsync();
                    await Task.Delay(random.Next(100), TestContext.Current.CancellationToken);
                    await redis.StartAgainAsync();
                    return "restart";
                case 6:
                    var dead = random.Next(2);
                    await nodes[dead].DisposeAsync();
                    nodes[dead] = await StartAsync();
                    foreach (var client in clients)
                        await client.TravelAsync(nodes[random.Next(2)]);
                    return "node";
                default:
                    await clients[random.Next(clients.Length)].TravelAsync(nodes[random.Next(2)]);
                    return "client";
            }
        }
    }

    /// <summary>Numbers follow each other without a hole or a repeat, but after a gap; and nobody is told of more gaps than there were losses.</summary>
    private static void Check(string[] heard, string last, int losses, string history)
    {
        var next = 1;
        foreach (var text in heard)
        {
            if (text[0] == '!')
            {
                next = 0;
                continue;
            }

            var number = int.Parse(text, CultureInfo.InvariantCulture);
            if (next > 0 && number != next)
                Assert.Fail($"{number} came in the place of {next}, after {history}: {string.Join(' ', heard)}");
            next = number + 1;
        }

        heard[^1].ShouldBe(last);
        heard.Count(static text => text[0] == '!').ShouldBeLessThanOrEqualTo(losses, $"{history}: {string.Join(' ', heard)}");
    }

    /// <summary>Publishes until it is certain that the event is in the log, once: all attempts have one key.</summary>
    private static Task PublishAsync(Node node, int number) => Eventually.UntilAsync(async () =>
    {
        try
        {
            await node.Publisher.PublishAsync([NewEvent.FromText(["a"], $"{number}")], $"{number}", Deadline.Token);
            return true;
        }
        catch (EventLogUnavailableException)
        {
            return false;
        }
    });

    /// <summary>A client that comes back, wherever, with the last id that it has heard.</summary>
    private sealed class Traveller
    {
        private readonly List<(string Text, Curlew.Protocol.EventId Id)> _before = [];
        private Client? _client;

        public List<(string Text, Curlew.Protocol.EventId Id)> Heard => [.. _before, .. _client?.All.Select(static e => (e.Text, e.Id)) ?? []];

        public async Task TravelAsync(Node node)
        {
            if (_client is not null)
                _before.AddRange(_client.All.Select(static e => (e.Text, e.Id)));
            _client = null;
            var start = _before.Count == 0 ? StartPosition.Earliest : StartPosition.After(_before[^1].Id.ToString());
            await Eventually.UntilAsync(async () =>
            {
                try
                {
                    _client = await node.SubscribeAsync(start);
                    return true;
                }
                catch (EventLogUnavailableException)
                {
                    return false;
                }
            });
        }
    }
}
