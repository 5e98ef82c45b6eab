namespace Curlew.Hub.EndToEndTests.Redis;

/// <summary>Several <c>curlew serve --redis …</c> are one hub.</summary>
public sealed class SharedHubTests
{
    [Fact]
    public async Task Events_PublishedOnEither_AreReceivedOnBoth()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var one = await StartAsync(redis);
        await using var two = await StartAsync(redis);
        using var onOne = await one.SubscribeAsync("topic=a");
        using var onTwo = await two.SubscribeAsync("topic=a");

        string[] ids = [await one.PublishAsync("a", "first"), await two.PublishAsync("a", "second"), await one.PublishAsync("a", "third")];

        foreach (var stream in new[] { onOne, onTwo })
        {
            foreach (var (id, data) in ids.Zip(["first", "second", "third"]))
            {
                var e = await stream.EventAsync();
                (e.Id, e.Data).ShouldBe((id, data));
            }
        }
    }

    [Fact]
    public async Task Client_OfAProcessThatIsKilled_GoesOnAtTheOther()
    {
        const int Count = 600;
        await using var redis = await RedisUnderTest.StartAsync();
        await using var doomed = await StartAsync(redis);
        await using var other = await StartAsync(redis);
        var clients = Enumerable.Range(0, 5).Select(_ => new ResumingClient(doomed.Port, other.Port)).ToArray();
        foreach (var client in clients)
            await client.ConnectAsync();

        var reading = clients.Select(static client => client.ReadAsync(Count)).ToArray();
        for (var i = 0; i < Count; i++)
        {
            await other.PublishAsync("a", $"{i}");
            // In the middle of what flows, and without a word to the clients.
            if (i == Count / 3)
            {
                await Eventually.UntilAsync(() => clients.All(static client => client.Data.Count > 0));
                await doomed.KillAsync();
            }
        }

        await Task.WhenAll(reading);
        foreach (var client in clients)
        {
            client.Data.ShouldBe(Enumerable.Range(0, Count).Select(static i => $"{i}"));
            client.Streams.ShouldBe(2);
        }
    }

    [Fact]
    public async Task History_OutlivesEveryProcess()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var hub = await StartAsync(redis);
        var first = await hub.PublishAsync("a", "1");
        await hub.PublishBatchAsync("a", ["2", "3"]);
        await hub.KillAsync();
        await hub.StartAgainAsync();

        using var resumed = await hub.SubscribeAsync("topic=a", first);
        using var all = await hub.SubscribeAsync("topic=a&lastEventId=earliest");
        await hub.PublishAsync("a", "4");

        (await resumed.DataAsync(3)).ShouldBe(["2", "3", "4"]);
        (await all.DataAsync(4)).ShouldBe(["1", "2", "3", "4"]);
    }

    [Fact]
    public async Task Health_IsDegradedWhileRedisIsAway_AndStreamsGoOnOnceItIsBack()
    {
        await using var redis = await RedisUnderTest.StartAsync(new() { AppendOnly = true });
        await using var hub = await StartAsync(redis);
        using var stream = await hub.SubscribeAsync("topic=a");
        await hub.PublishAsync("a", "before");
        (await stream.EventAsync()).Data.ShouldBe("before");

        await redis.KillAsync();
        await HealthAsync(hub, "Degraded");
        (await hub.PostJsonAsync("""{"topics":["a"],"data":"lost"}""")).ShouldBeRefused(503);
        await redis.StartAgainAsync();
        // That says that publishing works too, and not only that the log is read again.
        await HealthAsync(hub, "Healthy");
        await hub.PublishAsync("a", "after");

        (await stream.EventAsync()).Data.ShouldBe("after");
        (await hub.MetricAsync("curlew_redis_reconnects_total")).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Hub_ThatStartsBeforeRedis_ServesOnceItIsThere()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await redis.KillAsync();
        var port = FreePort.Next();
        await using var program = ProgramUnderTest.StartCurlew(["--urls", $"http://127.0.0.1:{port}", "--redis", $"127.0.0.1:{redis.Port}"]);
        await program.WaitForLineAsync("listens on");
        using (var early = await RawStream.ConnectAsync(port, "/events?topic=a", cancellationToken: Deadline.Token))
            early.Status.ShouldBe(503);

        await redis.StartAgainAsync();

        await Eventually.UntilAsync(async () =>
        {
            using var stream = await RawStream.ConnectAsync(port, "/events?topic=a", cancellationToken: Deadline.Token);
            return stream.Status == 200;
        });
    }

    private static Task<HubUnderTest> StartAsync(RedisUnderTest redis) => HubUnderTest.StartAsync($"redis=127.0.0.1:{redis.Port}");

    private static Task HealthAsync(HubUnderTest hub, string state) =>
        Eventually.UntilAsync(async () => await hub.GetAsync("health/ready") is { Status: 200 } answer && answer.Body == state, because: state);

    /// <summary>A client of one hub that goes to another with its last event id when its stream breaks.</summary>
    private sealed class ResumingClient(int port, int otherPort)
    {
        private RawStream? _stream;
        private string _lastEventId = "";

        /// <summary>What it received, gaps by their name. To be read while it does not run, or for its count.</summary>
        public List<string> Data { get; } = [];

        public int Streams { get; private set; }

        public async Task ConnectAsync()
        {
            _stream = await RawStream.ConnectAsync(
                Streams++ == 0 ? port : otherPort, "/events?topic=a", new() { Headers = _lastEventId.Length > 0 ? [("Last-Event-ID", _lastEventId)] : [] }, Deadline.Token);
            _stream.Status.ShouldBe(200);
        }

        public async Task ReadAsync(int count)
        {
            var deadline = Deadline.In(TimeSpan.FromMinutes(1));
            while (Data.Count < count)
            {
                StreamBlock? block;
                try
                {
                    block = await _stream!.ReadEventAsync(deadline);
                }
                catch (IOException)
                {
                    block = null;
                }

                _lastEventId = _stream!.LastEventId;
                if (block is not null)
                {
                    Data.Add(block.Type == "gap" ? "gap" : block.Data!);
                    continue;
                }

                _stream.Dispose();
                await ConnectAsync();
            }

            _stream?.Dispose();
        }
    }
}
