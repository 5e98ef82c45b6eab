using System.Globalization;
using Curlew.Redis.Tests.Connections;
using Curlew.Redis.Tests.PubSub;
using Curlew.Redis.Tests.Servers;

namespace Curlew.Redis.Tests.Topology;

public sealed class ClusterTests : IAsyncLifetime
{
    private RedisClusterUnderTest? _cluster;

    private RedisClusterUnderTest Cluster => _cluster!;

    public async ValueTask InitializeAsync() => _cluster = await RedisClusterUnderTest.StartAsync();

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task Keys_AreFoundWhereTheyAre_AndFollowedWhereTheyGo(string protocol)
    {
        await using var client = new TestClient(Cluster.Nodes[1].Port, $",protocol={protocol}");
        var keys = Enumerable.Range(0, 50).Select(i => $"key:{protocol}/{i}").ToArray();
        await Task.WhenAll(keys.Select(key => client.SendAsync("SET", key, key)));
        (await Task.WhenAll(keys.Select(key => client.SendAsync("GET", key)))).ShouldBe(keys);
        // One to each primary, and the first.
        client.Changes.Count.ShouldBe(4);

        var key = $"key:{{{protocol}}}/moved";
        var added = $"key:{{{protocol}}}/added";
        var slot = HashSlot.Of(key);
        var from = Cluster.NodeOf(slot);
        var to = Cluster.Nodes.First(node => node != from);
        await client.SendAsync("SET", key, "1");
        await Cluster.BeginMoveAsync(slot, from, to);
        // Not moved yet; moved already (ASK); new in the slot that moves (ASK).
        (await client.SendAsync("INCR", key)).ShouldBe("2");
        await Cluster.MoveKeyAsync(key, from, to);
        (await client.SendAsync("INCR", key)).ShouldBe("3");
        using (RespCommand first = TestClient.Command("INCR", added), second = TestClient.Command("INCR", key))
        {
            using (var reply = await client.Redis.TransactAsync([second, second], cancellationToken: Deadline.Token))
                TestClient.Render(reply).ShouldBe("[4 5]");
            // Only some of its keys have moved: no node can run it before the end of the move.
            (await Should.ThrowAsync<RedisServerException>(client.Redis.TransactAsync([second, first], cancellationToken: Deadline.Token))).Code.ShouldBe("TRYAGAIN");
            var patient = client.Redis.TransactAsync([second, first], Eventually.DefaultDeadline, Deadline.Token);
            await Cluster.EndMoveAsync(slot, to);
            using (var reply = await patient)
                TestClient.Render(reply).ShouldBe("[6 1]");
        }

        // MOVED.
        (await client.SendAsync("INCR", key)).ShouldBe("7");
        (await client.SendAsync("GET", added)).ShouldBe("1");
        client.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task ABlockingRead_FollowsItsSlot()
    {
        await using var client = new TestClient(Cluster.Nodes[0].Port);
        var key = "key:{read}";
        var slot = HashSlot.Of(key);
        var from = Cluster.NodeOf(slot);
        var to = Cluster.Nodes.First(node => node != from);
        await using var session = client.Redis.OpenSession(key);
        (await SessionTests.ReadAsync(session, TimeSpan.FromMilliseconds(1), [key])).ShouldBe("");

        await Cluster.BeginMoveAsync(slot, from, to);
        await client.SendAsync("XADD", key, "5-1", "a", "b");
        (await SessionTests.ReadAsync(session, TimeSpan.FromSeconds(20), [key])).ShouldBe($"{key} 5-1");
        await Cluster.EndMoveAsync(slot, to);
        (await SessionTests.ReadAsync(session, TimeSpan.FromSeconds(20), [key])).ShouldBe($"{key} 5-1");

        // Moved while the read blocks.
        var other = "key:{waits}";
        slot = HashSlot.Of(other);
        from = Cluster.NodeOf(slot);
        to = Cluster.Nodes.First(node => node != from);
        await using var waiting = client.Redis.OpenSession(other);
        var read = SessionTests.ReadAsync(waiting, TimeSpan.FromSeconds(25), [other]);
        await Eventually.UntilAsync(async () => (await from.CliAsync("CLIENT", "LIST")).Contains(" flags=b ", StringComparison.Ordinal));
        await Cluster.BeginMoveAsync(slot, from, to);
        await Cluster.EndMoveAsync(slot, to);
        await client.SendAsync("XADD", other, "6-1", "a", "b");
        (await read).ShouldBe($"{other} 6-1");
    }

    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task AChannel_FollowsItsSlot(string protocol)
    {
        await using var client = new TestClient(Cluster.Nodes[0].Port, $",protocol={protocol}");
        var channel = $"channel/{protocol}";
        var listener = new PubSubTests.Recorder();
        await client.Redis.SubscribeAsync(channel, listener, Deadline.Token);
        await client.Redis.PublishAsync(channel, "1"u8.ToArray());
        await Eventually.UntilAsync(() => listener.Heard == "1");

        var slot = HashSlot.Of(channel);
        var from = Cluster.NodeOf(slot);
        var to = Cluster.Nodes.First(node => node != from);
        await Cluster.BeginMoveAsync(slot, from, to);
        await Cluster.EndMoveAsync(slot, to);
        await Eventually.UntilAsync(() => listener.Heard == "1 <interrupted> <resumed>");
        await client.Redis.PublishAsync(channel, "2"u8.ToArray());

        await Eventually.UntilAsync(() => listener.Heard == "1 <interrupted> <resumed> 2");
    }

    [Fact]
    public async Task ANodeThatIsLost_DoesNotDisturbTheOthers()
    {
        await using var client = new TestClient($"127.0.0.1:{Cluster.Nodes[0].Port},127.0.0.1:{Cluster.Nodes[1].Port}");
        var keys = Enumerable.Range(0, 30).Select(i => $"key:{i.ToString(CultureInfo.InvariantCulture)}").ToArray();
        foreach (var key in keys)
            await client.SendAsync("SET", key, "1");

        await Cluster.Nodes[2].KillAsync();
        var lost = keys.First(key => Cluster.NodeOf(HashSlot.Of(key)) == Cluster.Nodes[2]);
        var kept = keys.First(key => Cluster.NodeOf(HashSlot.Of(key)) == Cluster.Nodes[1]);

        await Should.ThrowAsync<RedisConnectionException>(client.SendAsync("GET", lost));
        (await client.SendAsync("GET", kept)).ShouldBe("1");
        client.Redis.TroubleWith(lost).ShouldNotBeNull();
        client.Redis.TroubleWith(kept).ShouldBeNull();
        // A minute later the cluster would say CLUSTERDOWN: then all of it is down, as it is configured.
        var patient = client.SendAsync(Eventually.DefaultDeadline, "GET", lost);
        await Cluster.Nodes[2].StartAgainAsync();
        try
        {
            (await patient).ShouldBe("-");
        }
        catch (RedisServerException e)
        {
            e.Code.ShouldBe("CLUSTERDOWN");
        }
    }
}
