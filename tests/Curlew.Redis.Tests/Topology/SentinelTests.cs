using Curlew.Redis.Tests.PubSub;
using Curlew.Redis.Tests.Servers;

namespace Curlew.Redis.Tests.Topology;

public sealed class SentinelTests
{
    [Fact]
    public async Task AFailover_IsFollowed()
    {
        await using var servers = await RedisSentinelUnderTest.StartAsync(password: "p", sentinelPassword: "s");
        await using var client = new TestClient(
            $"127.0.0.1:{FreePort.Next()},127.0.0.1:{servers.Sentinel.Port},serviceName={RedisSentinelUnderTest.ServiceName},password=p,sentinelPassword=s");
        await using var session = client.Redis.OpenSession("key:x");
        var listener = new PubSubTests.Recorder();
        await client.Redis.SubscribeAsync("c", listener, Deadline.Token);
        await client.SendAsync("SET", "key:kept", "1");
        (await Connections.SessionTests.ReadAsync(session, TimeSpan.FromMilliseconds(1), ["key:x"])).ShouldBe("");
        await Eventually.UntilAsync(async () => await servers.Replica.CliAsync("GET", "key:kept") == "1");
        await Eventually.UntilAsync(() => client.Changes.Any(static change => change.Purpose == ConnectionPurpose.Sentinel));

        await servers.Primary.KillAsync();

        (await client.SendAsync(TimeSpan.FromSeconds(25), "GET", "key:kept")).ShouldBe("1");
        await Eventually.UntilAsync(async () => (await client.SendAsync("ROLE")).StartsWith("[master", StringComparison.Ordinal));
        (await Connections.SessionTests.ReadAsync(session, TimeSpan.FromMilliseconds(1), ["key:x"])).ShouldBe("");
        session.Connections.ShouldBeGreaterThan(1);
        await Eventually.UntilAsync(() => listener.Heard == "<interrupted> <resumed>");
        await servers.Replica.CliAsync("PUBLISH", "c", "m");
        await Eventually.UntilAsync(() => listener.Heard == "<interrupted> <resumed> m");
    }

    [Fact]
    public async Task ASwitchThatTheOldPrimarySurvives_IsFollowedAtOnce()
    {
        await using var servers = await RedisSentinelUnderTest.StartAsync();
        await using var client = new TestClient($"127.0.0.1:{servers.Sentinel.Port},serviceName={RedisSentinelUnderTest.ServiceName}");
        await client.SendAsync("SET", "key:before", "1");
        await Eventually.UntilAsync(async () => (await servers.Sentinel.CliAsync("CLIENT", "LIST")).Contains(" sub=1 ", StringComparison.Ordinal));

        await servers.Sentinel.CliAsync("SENTINEL", "FAILOVER", RedisSentinelUnderTest.ServiceName);
        await Eventually.UntilAsync(
            () => client.Changes.Any(static change => change.Reason?.Contains("the sentinels have made another server the primary", StringComparison.Ordinal) == true),
            because: "the client hears of it, many seconds before the old primary hangs up");

        await Eventually.UntilAsync(async () =>
        {
            try
            {
                return await client.SendAsync(TimeSpan.FromSeconds(20), "SET", "key:after", "1") == "OK" && await servers.Replica.CliAsync("GET", "key:after") == "1";
            }
            catch (Exception e) when (e is RedisConnectionException or RedisServerException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task AnUnknownService_IsToldByName()
    {
        await using var servers = await RedisSentinelUnderTest.StartAsync();
        await using var client = new TestClient($"127.0.0.1:{servers.Sentinel.Port},serviceName=other");

        (await Should.ThrowAsync<RedisConnectionException>(client.SendAsync("PING"))).Message.ShouldContain($"Sentinel 127.0.0.1:{servers.Sentinel.Port} knows no service 'other'");
    }
}
