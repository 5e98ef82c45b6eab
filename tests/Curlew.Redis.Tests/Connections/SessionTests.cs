using Curlew.Redis.Tests.Servers;

namespace Curlew.Redis.Tests.Connections;

public sealed class SessionTests(PlainRedis redis)
{
    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task ABlockingRead_ReturnsOnData(string protocol)
    {
        await using var client = new TestClient(redis.Port, $",protocol={protocol}");
        await using var session = client.Redis.OpenSession("key:session");
        var (one, other) = ($"key:one-{protocol}", $"key:other-{protocol}");
        var read = ReadAsync(session, TimeSpan.FromMinutes(1), [one, other]);
        await IsBlockedAsync(client, one);

        // The commands of others are not held up.
        await client.SendAsync("XADD", other, "5-1", "a", "b");

        (await read).ShouldBe($"{other} 5-1");
        session.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task ABlockingRead_ThatLastsLongerThanTheCommandTimeout_EndsInItsTime()
    {
        await using var client = new TestClient(redis.Port, ",asyncTimeout=1500");
        await using var session = client.Redis.OpenSession("key:session");

        (await ReadAsync(session, TimeSpan.FromMilliseconds(2000), ["key:nothing"])).ShouldBe("");
        (await ReadAsync(session, TimeSpan.FromMilliseconds(1), ["key:nothing"])).ShouldBe("");
        session.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task ABlockingRead_EndsWhenItIsCancelled_AndTheNextGetsANewConnection()
    {
        await using var client = new TestClient(redis.Port);
        await using var session = client.Redis.OpenSession("key:session");
        using var cancel = new CancellationTokenSource();
        var read = ReadAsync(session, TimeSpan.FromMinutes(1), ["key:cancelled"], cancel.Token);
        await IsBlockedAsync(client, "key:cancelled");

        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(read.WaitAsync(Deadline.Token));
        await client.SendAsync("XADD", "key:cancelled", "5-1", "a", "b");
        (await ReadAsync(session, TimeSpan.FromMinutes(1), ["key:cancelled"])).ShouldBe("key:cancelled 5-1");
        session.Connections.ShouldBe(2);
        client.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task ABlockingRead_CanBeUnblocked()
    {
        await using var client = new TestClient(redis.Port);
        await using var session = client.Redis.OpenSession("key:session");
        (await session.UnblockAsync(Deadline.Token)).ShouldBeFalse();
        var read = ReadAsync(session, TimeSpan.FromMinutes(1), ["key:unblocked"]);
        await IsBlockedAsync(client, "key:unblocked");

        (await session.UnblockAsync(Deadline.Token)).ShouldBeTrue();

        (await read).ShouldBe("");
        session.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task ACut_EndsTheReadAndIsSeenInTheNumberOfConnections()
    {
        await using var proxy = CutProxy.Start(redis.Port);
        await using var direct = new TestClient(redis.Port);
        await using var client = new TestClient(proxy.Port);
        await using var session = client.Redis.OpenSession("key:session");
        var read = ReadAsync(session, TimeSpan.FromMinutes(1), ["key:cut"]);
        await IsBlockedAsync(direct, "key:cut");

        proxy.Cut();

        (await Should.ThrowAsync<RedisConnectionException>(read.WaitAsync(Deadline.Token))).Outcome.ShouldBe(CommandOutcome.Unknown);
        await direct.SendAsync("XADD", "key:cut", "5-1", "a", "b");
        (await ReadAsync(session, TimeSpan.FromMinutes(1), ["key:cut"])).ShouldBe("key:cut 5-1");
        session.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task ASession_WaitsForRedisAsLongAsItsCaller()
    {
        await using var proxy = CutProxy.Start(redis.Port);
        proxy.IsAway = true;
        await using var client = new TestClient(proxy.Port);
        await using var session = client.Redis.OpenSession("key:session");
        var read = ReadAsync(session, TimeSpan.FromMilliseconds(1), ["key:nothing"]);
        await Eventually.UntilAsync(() => client.Changes.Count(static change => change.Kind == ConnectionChangeKind.Failed) > 2);
        read.IsCompleted.ShouldBeFalse();

        proxy.IsAway = false;

        (await read).ShouldBe("");
    }

    internal static async Task<string> ReadAsync(IRedisSession session, TimeSpan block, string[] keys, CancellationToken? cancellationToken = null)
    {
        using var command = new RespCommand("XREAD"u8).Add("BLOCK"u8).Add((long)block.TotalMilliseconds).Add("STREAMS"u8);
        foreach (var key in keys)
            command.Add(key);
        foreach (var _ in keys)
            command.Add("0-0"u8);
        using var reply = await session.SendAsync(command, block, cancellationToken ?? Deadline.Token);
        var streams = StreamReplyReader.OfRead(reply.Read());
        var found = "";
        while (streams.TryReadStream(out var key))
        {
            while (streams.TryReadEntry(out var entry))
                found += $"{System.Text.Encoding.UTF8.GetString(key)} {System.Text.Encoding.UTF8.GetString(entry.Id)}";
        }

        return found;
    }

    /// <summary>Waits until some client is blocked in a read of a key.</summary>
    private static async Task IsBlockedAsync(TestClient client, string key) =>
        await Eventually.UntilAsync(
            async () => (await client.SendAsync("CLIENT", "LIST")).Split('\n').Any(static line => line.Contains(" flags=b ", StringComparison.Ordinal)),
            because: $"a read of {key} blocks");
}
