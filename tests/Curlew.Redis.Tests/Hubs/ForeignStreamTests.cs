using System.Globalization;
using Curlew.Redis.Tests.Servers;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>Streams that other programs write.</summary>
public sealed class ForeignStreamTests(PlainRedis redis)
{
    [Fact]
    public async Task AStream_ThatComesLate_IsServedAndResumed()
    {
        // Its own, so that nobody else's reads are counted.
        await using var own = await RedisUnderTest.StartAsync();
        await using var node = await Node.StartAsync(own.Port, "late", static builder => builder.AddStream("logs", "late:logs", type: "log"));
        var client = await node.SubscribeAsync(hub: "logs");
        // Many block times pass, each of which ends a read.
        var reads = await ReadsAsync();
        await Eventually.UntilAsync(async () => await ReadsAsync() >= reads + 5, because: "it waits for the stream, again and again");

        for (var i = 1; i <= 3; i++)
            await own.CliAsync("XADD", "late:logs", "*", "payload", $$"""{"n":{{i}}}""", "more", "ignored");

        await client.HearsAsync("""{"n":1} {"n":2} {"n":3}""");
        client.All.ShouldAllBe(static e => e.Type == "log");
        await (await node.SubscribeAsync(StartPosition.After(client.All[0].Id.ToString()), hub: "logs")).HearsAsync("""{"n":2} {"n":3}""");
        await (await node.SubscribeAsync(StartPosition.Last(1), hub: "logs")).HearsAsync("""{"n":3}""");
        await (await node.SubscribeAsync(StartPosition.Earliest, hub: "logs")).HearsAsync("""{"n":1} {"n":2} {"n":3}""");

        async Task<int> ReadsAsync()
        {
            var line = (await own.CliAsync("INFO", "commandstats")).Split('\n').FirstOrDefault(static line => line.StartsWith("cmdstat_xread:", StringComparison.Ordinal));
            return line is null ? 0 : int.Parse(line.Split("calls=")[1].Split(',')[0], CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task Fields_AreTakenAsConfigured()
    {
        await using var node = await StartAsync("fields:logs", static stream =>
        {
            stream.DataField = "body";
            stream.TypeField = "kind";
            stream.TopicField = "host";
            stream.SkipWithoutData = true;
        });
        var all = await node.SubscribeAsync(hub: "logs");
        var web = await node.SubscribeAsync(filter: "web/*", hub: "logs");

        await redis.CliAsync("XADD", "fields:logs", "*", "body", "1", "kind", "error", "host", "web/1");
        await redis.CliAsync("XADD", "fields:logs", "*", "payload", "skipped", "host", "web/1");
        await redis.CliAsync("XADD", "fields:logs", "*", "body", "2", "host", "db/1");

        await all.HearsAsync("1 2");
        all.All.Select(static e => e.Type).ShouldBe(["error", "log"]);
        await web.HearsAsync("1");
        node.Log.Problems.ShouldHaveSingleItem().Message.ShouldContain("no field 'body'");
    }

    [Fact]
    public async Task AnEntryWithoutData_IsAnEmptyObject_AndIdsNeedNotBeTimes()
    {
        await using var node = await StartAsync("ids:logs");
        await redis.CliAsync("XADD", "ids:logs", "1-1", "other", "x");
        await redis.CliAsync("XADD", "ids:logs", "18446744073709551615-5", "payload", "y");

        var client = await node.SubscribeAsync(StartPosition.Earliest, hub: "logs");

        await client.HearsAsync("{} y");
        await (await node.SubscribeAsync(StartPosition.After("1-1"), hub: "logs")).HearsAsync("y");
    }

    [Fact]
    public async Task TheHub_IsReadOnly_AndNeverTrims()
    {
        await using var node = await Node.StartAsync(
            redis.Port, "readonly", static builder => builder.AddStream("logs", "readonly:logs").AddHub("logs", static hub => hub.Retention.MaxAge = TimeSpan.FromMilliseconds(1)));

        await redis.CliAsync("XADD", "readonly:logs", "1-1", "payload", "x");
        (await node.Hub("logs").Log.TrimAsync(Deadline.Token)).TrimmedThrough.ShouldBe(default);

        (await redis.CliAsync("XLEN", "readonly:logs")).ShouldBe("1");
        (await Should.ThrowAsync<NotSupportedException>(node.PublisherOf("logs").PublishAsync("a", "x").AsTask())).Message
            .ShouldBe("The hub shows the Redis stream 'readonly:logs', which others write: nothing can be published to it.");
    }

    [Fact]
    public async Task EntriesThatTheirReadersDelete_AreNoGap()
    {
        await using var node = await StartAsync("deleted:logs");
        var client = await node.SubscribeAsync(hub: "logs");

        for (var i = 0; i < 5; i++)
        {
            var id = await redis.CliAsync("XADD", "deleted:logs", "*", "payload", $"{i}");
            await Eventually.UntilAsync(() => client.All.Count == i + 1);
            await redis.CliAsync("XDEL", "deleted:logs", id);
        }

        client.Heard.ShouldBe("0 1 2 3 4");
    }

    [Fact]
    public async Task APythonProgram_WritesIt()
    {
        await using var node = await StartAsync("python:logs");
        var client = await node.SubscribeAsync(hub: "logs");
        const string Program =
            """
            import json, sys, redis
            r = redis.Redis(port=int(sys.argv[1]))
            for n in range(3):
                r.xadd('python:logs', {'payload': json.dumps({'n': n})})
            r.xadd('{python:default}:log', {'topic': 'orders/42', 'type': 'paid', 'data': 'from Python'})
            """;
        await using var python = ProgramUnderTest.Start("/usr/bin/python3", ["-c", Program, $"{redis.Port}"]);
        if (await python.WaitForExitAsync() != 0 && python.Error.Any(static line => line.Contains("No module named 'redis'", StringComparison.Ordinal)))
            Assert.Skip("python3-redis is not installed.");

        await client.HearsAsync("""{"n": 0} {"n": 1} {"n": 2}""");
        await (await node.SubscribeAsync(StartPosition.Earliest, "orders/42")).HearsAsync("from Python");
    }

    private Task<Node> StartAsync(string key, Action<RedisStreamOptions>? configure = null) =>
        Node.StartAsync(redis.Port, key.Split(':')[0], builder => builder.AddStream("logs", key, type: "log", configure));
}
