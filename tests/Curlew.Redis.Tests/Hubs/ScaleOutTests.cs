using System.Globalization;
using System.Net.Sockets;
using Curlew.Redis.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>What befalls clients where an application has several processes: deploys, moves from one to another, and Redis being slow or away meanwhile.</summary>
public sealed class ScaleOutTests(PlainRedis redis)
{
    [Fact]
    public async Task ARollingDeploy_SendsClientsOnWithARetry_WithoutLossOrRepeat()
    {
        const string End = "end";
        await using var worker = await Node.StartAsync(redis.Port, "deploy", redis: static options => options.PublishOnly = true);
        List<WebApplication> apps = [await StartAsync("deploy"), await StartAsync("deploy")];
        try
        {
            // Whoever asks is given the next of those in rotation; there are no sticky sessions.
            var rotation = apps.ToArray();
            var asked = -1;
            var clients = Enumerable.Range(0, 4).Select(_ => new MovingClient(() =>
            {
                var current = Volatile.Read(ref rotation);
                return new Uri(current[(int)((uint)Interlocked.Increment(ref asked) % (uint)current.Length)].Urls.Single()).Port;
            })).ToArray();
            foreach (var client in clients)
                await client.ConnectAsync();

            var reading = clients.Select(static client => client.ReadAsync(End)).ToArray();
            var published = 0;
            foreach (var old in rotation)
            {
                // The new one first; the old one out of rotation, and only then asked to stop.
                apps.Add(await StartAsync("deploy"));
                Volatile.Write(ref rotation, [.. rotation.Where(app => app != old), apps[^1]]);
                await PublishAsync(20);
                var stopping = old.StopAsync(Deadline.Token);
                while (!stopping.IsCompleted)
                    await PublishAsync(1);
                await stopping;
                await PublishAsync(20);
            }

            await worker.Publisher.PublishAsync("a", End);
            await Task.WhenAll(reading);

            foreach (var client in clients)
            {
                client.Data.ShouldBe(Enumerable.Range(0, published).Select(static i => i.ToString(CultureInfo.InvariantCulture)));
                client.Moves.ShouldBeGreaterThan(0);
                client.MovesWithoutRetry.ShouldBe(0);
            }

            async Task PublishAsync(int count)
            {
                for (var i = 0; i < count; i++)
                    await worker.Publisher.PublishAsync("a", published++.ToString(CultureInfo.InvariantCulture));
            }
        }
        finally
        {
            foreach (var app in apps)
                await app.DisposeAsync();
        }
    }

    [Fact]
    public async Task AClient_ThatIsSentToAnotherProcessEachTime_GoesOnWhereItWas()
    {
        await using var one = await Node.StartAsync(redis.Port, "hops");
        await using var two = await Node.StartAsync(redis.Port, "hops");
        await using var three = await Node.StartAsync(redis.Port, "hops");
        Node[] nodes = [one, two, three];
        var client = await one.SubscribeAsync();
        await one.Publisher.PublishAsync("a", "0");
        await client.HearsAsync("0");

        for (var i = 1; i <= 12; i++)
        {
            // Also where it asks for what its new process may not have read yet.
            await nodes[(i + 1) % 3].Publisher.PublishAsync("a", $"{i}");
            client = await nodes[i % 3].SubscribeAsync(client.Resume);
            await client.HearsAsync($"{i}");
        }
    }

    [Fact]
    public async Task AClient_AwayForLongerThanTheRetention_IsToldOfAGap()
    {
        await using var node = await Node.StartAsync(redis.Port, "retention");
        var client = await node.SubscribeAsync();
        await node.Publisher.PublishAsync("a", "1");
        await client.HearsAsync("1");
        var resume = client.Resume;
        for (var i = 2; i <= 5; i++)
            await node.Publisher.PublishAsync("a", $"{i}");
        await redis.CliAsync("XTRIM", "{retention:default}:log", "MAXLEN", "=", "2");

        await using var late = await Node.StartAsync(redis.Port, "retention");

        await (await late.SubscribeAsync(resume)).HearsAsync("!trimmed 4 5");
    }

    [Fact]
    public async Task ASlowRedis_DelaysAndLosesNothing()
    {
        await using var proxy = CutProxy.Start(redis.Port);
        await using var behind = await Node.StartAsync(proxy.Port, "slow");
        await using var direct = await Node.StartAsync(redis.Port, "slow");
        Client[] clients = [await behind.SubscribeAsync(), await direct.SubscribeAsync()];

        proxy.DribbleBytes = 16;
        for (var i = 0; i < 100; i++)
            await (i % 10 == 0 ? behind : direct).Publisher.PublishAsync("a", $"{i}");

        foreach (var client in clients)
            await client.HearsAsync(string.Join(' ', Enumerable.Range(0, 100)));
        proxy.Cuts.ShouldBe(0);
    }

    [Fact]
    public async Task AClient_ThatComesBackWhileRedisIsAway_IsServedFromMemory_AndAnUnknownIdIsRefusedUntilItIsBack()
    {
        await using var own = await RedisUnderTest.StartAsync(new() { AppendOnly = true });
        await using var node = await Node.StartAsync(own.Port, "memory");
        var client = await node.SubscribeAsync();
        for (var i = 1; i <= 3; i++)
            await node.Publisher.PublishAsync("a", $"{i}");
        await client.HearsAsync("1 2 3");

        await own.KillAsync();
        await Eventually.UntilAsync(() => node.Hub().Trouble is not null);
        var again = await node.SubscribeAsync(StartPosition.After(client.All[0].Id.ToString()));
        await again.HearsAsync("2 3");
        await Should.ThrowAsync<EventLogUnavailableException>(node.SubscribeAsync(StartPosition.After("1-1")));
        (await Should.ThrowAsync<EventLogUnavailableException>(node.Publisher.PublishAsync("a", "x").AsTask())).Message.ShouldStartWith("Nothing was appended. ");
        // As a caller who does not wait: this one is kept, and published once Redis is back.
        node.Publisher.Enqueue("a", "4");
        await own.StartAgainAsync();

        await client.HearsAsync("1 2 3 4");
        await again.HearsAsync("2 3 4");
    }

    private async Task<WebApplication> StartAsync(string prefix)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        // Longer than any client here needs to read what it is sent, so that none is cut.
        builder.Services.AddCurlew(static options => options.DrainPeriod = TimeSpan.FromSeconds(20)).AddRedis(options =>
        {
            options.Configuration = $"127.0.0.1:{redis.Port}";
            options.KeyPrefix = prefix;
        });
        var app = builder.Build();
        app.MapEventStream("/events", "a");
        await app.StartAsync(Deadline.Token);
        var hub = app.Services.GetRequiredService<HubRegistry>().Hub("");
        await Eventually.UntilAsync(() => hub.IsReady);
        return app;
    }

    /// <summary>A client that comes back with its last id, to the process that it is given, whenever its stream ends.</summary>
    private sealed class MovingClient(Func<int> nextPort)
    {
        private RawStream? _stream;
        private string _lastId = "";
        private bool _isToldToComeBack;

        /// <summary>What it received, gaps by their name. To be read when it has ended.</summary>
        public List<string> Data { get; } = [];

        /// <summary>How often its stream ended.</summary>
        public int Moves { get; private set; }

        /// <summary>How often it ended without a word on when to come back.</summary>
        public int MovesWithoutRetry { get; private set; }

        public Task ConnectAsync() => Eventually.UntilAsync(async () =>
        {
            try
            {
                var stream = await RawStream.ConnectAsync(nextPort(), "/events", new() { Headers = _lastId.Length > 0 ? [("Last-Event-ID", _lastId)] : [] }, Deadline.Token);
                if (stream.Status == 200)
                {
                    _stream = stream;
                    return true;
                }

                stream.Dispose();
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // It went out of rotation just now.
            }

            return false;
        });

        public async Task ReadAsync(string end)
        {
            while (true)
            {
                if (await _stream!.ReadBlockAsync(Deadline.Token) is not { } block)
                {
                    Moves++;
                    MovesWithoutRetry += _isToldToComeBack ? 0 : 1;
                    _lastId = _stream.LastEventId;
                    _stream.Dispose();
                    await ConnectAsync();
                    continue;
                }

                // The last block counts; the first has a retry, too.
                _isToldToComeBack = block.Retry is not null;
                if (!block.IsEvent)
                    continue;
                if (block.Data == end)
                    break;
                Data.Add(block.Type == "gap" ? "gap" : block.Data!);
            }

            _stream.Dispose();
        }
    }
}
