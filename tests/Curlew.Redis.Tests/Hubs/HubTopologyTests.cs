namespace Curlew.Redis.Tests.Hubs;

/// <summary>Hubs on a cluster, and on a primary that sentinels watch.</summary>
public sealed class HubTopologyTests
{
    [Fact]
    public async Task ACluster_HasHubsOnAllItsServers_AndFollowsTheirSlots()
    {
        await using var cluster = await RedisClusterUnderTest.StartAsync();
        string[] hubs = ["a", "b", "c", "d", "live"];
        Task<Node> StartAsync(int node) => Node.StartAsync(cluster.Nodes[node].Port, "cluster", builder =>
        {
            foreach (var hub in hubs)
                builder.AddHub(hub, options => options.History = hub != "live");
        });
        await using var one = await StartAsync(0);
        await using var other = await StartAsync(1);
        var clients = await Task.WhenAll(hubs.Select(hub => other.SubscribeAsync(hub: hub)));
        foreach (var hub in hubs)
        {
            await one.PublisherOf(hub).PublishAsync("a", $"{hub}1");
            await one.PublisherOf(hub).PublishAsync([NewEvent.FromText(["a"], $"{hub}2")], "key");
            await one.PublisherOf(hub).PublishAsync([NewEvent.FromText(["a"], "again")], "key");
        }

        foreach (var (hub, client) in hubs.Zip(clients))
            await client.HearsAsync($"{hub}1 {hub}2");

        var slot = HashSlot.Of("{cluster:a}:log");
        var from = cluster.NodeOf(slot);
        var to = cluster.Nodes.First(node => node != from);
        await cluster.BeginMoveAsync(slot, from, to);
        foreach (var key in (await from.CliAsync("CLUSTER", "GETKEYSINSLOT", $"{slot}", "10")).Split('\n'))
            await cluster.MoveKeyAsync(key, from, to);
        await cluster.EndMoveAsync(slot, to);
        await one.PublisherOf("a").PublishAsync([NewEvent.FromText(["a"], "a3")], "other key");

        await clients[0].HearsAsync("a1 a2 a3");
        await (await one.SubscribeAsync(StartPosition.After(clients[0].All[0].Id.ToString()), hub: "a")).HearsAsync("a2 a3");
    }

    [Fact]
    public async Task AFailover_OfAWatchedPrimary_IsGoneOnWith()
    {
        await using var redis = await RedisSentinelUnderTest.StartAsync();
        await using var node = await Node.StartAsync($"127.0.0.1:{redis.Sentinel.Port},serviceName={RedisSentinelUnderTest.ServiceName}", "sentinel");
        var client = await node.SubscribeAsync();
        await node.Publisher.PublishAsync("a", "1");
        await client.HearsAsync("1");
        await Eventually.UntilAsync(async () => await redis.Replica.CliAsync("XLEN", "{sentinel:default}:log") == "1");

        await redis.Primary.KillAsync();
        node.Publisher.Enqueue("a", "2");

        await client.HearsAsync("1 2");
        await Eventually.UntilAsync(() => node.IsWell());
    }

    [Fact]
    public async Task AFailover_ThatLosesAcknowledgedEntries_IsAGap_OnEveryNode()
    {
        await using var primary = await RedisUnderTest.StartAsync(new() { Arguments = ["--repl-diskless-sync-delay", "0"] });
        await using var replication = CutProxy.Start(primary.Port);
        await using var replica = await RedisUnderTest.StartAsync(new() { Arguments = ["--replicaof", "127.0.0.1", $"{replication.Port}"] });
        // Where the application finds whichever of them is the primary.
        await using var address = CutProxy.Start(primary.Port);
        await using var one = await Node.StartAsync(address.Port, "promoted");
        await using var other = await Node.StartAsync(address.Port, "promoted");
        Client[] clients = [await one.SubscribeAsync(), await other.SubscribeAsync()];
        await one.Publisher.PublishAsync("a", "1");
        await Eventually.UntilAsync(async () => await replica.CliAsync("XLEN", "{promoted:default}:log") == "1");

        replication.IsAway = true;
        replication.Cut();
        await one.Publisher.PublishAsync("a", "2");
        await other.Publisher.PublishAsync([NewEvent.FromText(["a"], "3")], "key");
        foreach (var client in clients)
            await client.HearsAsync("1 2 3");
        address.IsAway = true;
        await primary.KillAsync();
        await replica.CliAsync("REPLICAOF", "NO", "ONE");
        address.ServerPort = replica.Port;
        address.IsAway = false;

        foreach (var client in clients)
            await client.HearsAsync("1 2 3 !lost 1");
        await Eventually.UntilAsync(() => one.IsWell() && other.IsWell());
        // The key was lost with its event.
        await other.Publisher.PublishAsync([NewEvent.FromText(["a"], "3")], "key");
        foreach (var client in clients)
            await client.HearsAsync("1 2 3 !lost 1 3");
        // Who was away meanwhile is told where it comes back, and not told where it had missed nothing.
        await (await one.SubscribeAsync(StartPosition.After(clients[0].All[1].Id.ToString()))).HearsAsync("!unknown 1 3");
        await (await other.SubscribeAsync(StartPosition.After(clients[0].All[0].Id.ToString()))).HearsAsync("3");
    }
}
