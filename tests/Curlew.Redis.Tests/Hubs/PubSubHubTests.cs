using Curlew.Redis.Tests.Servers;
using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>Hubs without history: pub/sub, and a log of each process's own.</summary>
public sealed class PubSubHubTests(PlainRedis redis)
{
    [Fact]
    public async Task Events_ReachTheClientsOfAllNodes_AndNothingIsStored()
    {
        await using var one = await StartAsync(redis.Port, "pub");
        await using var other = await StartAsync(redis.Port, "pub");
        Client[] clients = [await one.SubscribeAsync(filter: "a"), await other.SubscribeAsync(filter: "a")];

        (await one.Publisher.PublishAsync([NewEvent.FromText(["a", "b"], "1", "typed", TimeSpan.FromSeconds(1), DateTimeOffset.UnixEpoch.AddDays(1)), NewEvent.FromText(["b"], "2")])).ShouldBe(EventId.Zero);
        await other.Publisher.PublishAsync([NewEvent.FromText(["a"], "3")], "k");
        await one.Publisher.PublishAsync([NewEvent.FromText(["a"], "again")], "k");
        await redis.CliAsync("PUBLISH", "{pub:default}:events", "no batch");
        await redis.CliAsync("PUBLISH", "{pub:default}:events", """[{"topics":["a//b"],"data":"x"}]""");
        await redis.CliAsync("PUBLISH", "{pub:default}:events", """[{"topics":["a"],"data":"4"}]""");

        foreach (var client in clients)
        {
            await client.HearsAsync("1 3 4");
            client.All[0].Type.ShouldBe("typed");
        }

        (await redis.CliAsync("KEYS", "{pub:default}:*")).ShouldBe("{pub:default}:key:k");
        one.Log.Problems.ShouldHaveSingleItem().Message.ShouldContain("it is no JSON array of events");
    }

    [Fact]
    public async Task AnInterruption_IsAGap()
    {
        await using var proxy = CutProxy.Start(redis.Port);
        await using var behind = await StartAsync(proxy.Port, "interrupted");
        await using var direct = await StartAsync(redis.Port, "interrupted");
        var client = await behind.SubscribeAsync();
        await direct.Publisher.PublishAsync("a", "1");
        await client.HearsAsync("1");

        proxy.IsAway = true;
        proxy.Cut();
        await Eventually.UntilAsync(() => behind.Hub().Trouble is not null);
        await direct.Publisher.PublishAsync("a", "2");
        proxy.IsAway = false;
        await client.HearsAsync("1 !lost");
        await direct.Publisher.PublishAsync("a", "3");

        await client.HearsAsync("1 !lost 3");
        behind.Hub().Trouble.ShouldBeNull();
        await Eventually.UntilAsync(() => behind.IsWell());
    }

    [Fact]
    public async Task RedisAway_AtTheStart_TheHubIsReadyOnceItHears()
    {
        await using var proxy = CutProxy.Start(redis.Port);
        proxy.IsAway = true;
        await using var node = await StartAsync(proxy.Port, "away");
        node.Hub().IsReady.ShouldBeFalse();
        (await Should.ThrowAsync<EventLogUnavailableException>(node.Publisher.PublishAsync("a", "x").AsTask())).Message.ShouldStartWith("Nothing was published. ");

        proxy.IsAway = false;
        var client = await node.SubscribeAsync();
        await redis.CliAsync("PUBLISH", "{away:default}:events", """[{"data":"1"}]""");

        await client.HearsAsync("1");
    }

    [Fact]
    public async Task AProcessThatOnlyPublishes_DoesNotListen()
    {
        await using var worker = await StartAsync(redis.Port, "quiet", publishOnly: true);

        await worker.Publisher.PublishAsync("a", "1");

        (await redis.CliAsync("PUBSUB", "NUMSUB", "{quiet:default}:events")).ShouldEndWith("\n0");
    }

    private static Task<Node> StartAsync(int port, string prefix, bool publishOnly = false) =>
        Node.StartAsync(port, prefix, static builder => builder.ConfigureHub(static hub => hub.History = false), options => options.PublishOnly = publishOnly);
}
