using System.Globalization;

namespace Curlew.Testing;

/// <summary>A real set-up of Redis Sentinel on the loopback address: a primary, a replica, and one sentinel that decides alone. Disposing ends them.</summary>
public sealed class RedisSentinelUnderTest : IAsyncDisposable
{
    /// <summary>The name of the service.</summary>
    public const string ServiceName = "curlew";

    private RedisSentinelUnderTest(RedisUnderTest primary, RedisUnderTest replica, RedisUnderTest sentinel)
    {
        Primary = primary;
        Replica = replica;
        Sentinel = sentinel;
    }

    /// <summary>The server that was the primary at first.</summary>
    public RedisUnderTest Primary { get; }

    /// <summary>The server that was the replica at first.</summary>
    public RedisUnderTest Replica { get; }

    /// <summary>The sentinel.</summary>
    public RedisUnderTest Sentinel { get; }

    /// <summary>Starts everything, and returns when the sentinel could fail over.</summary>
    /// <param name="password">The servers' password.</param>
    /// <param name="sentinelPassword">The sentinel's.</param>
    /// <returns>The set-up.</returns>
    public static async Task<RedisSentinelUnderTest> StartAsync(string? password = null, string? sentinelPassword = null)
    {
        var primary = await RedisUnderTest.StartAsync(new() { Password = password, Arguments = ["--repl-diskless-sync-delay", "0"] });
        var replica = await RedisUnderTest.StartAsync(new()
        {
            Password = password,
            Arguments = ["--replicaof", "127.0.0.1", primary.Port.ToString(CultureInfo.InvariantCulture)],
        });
        var sentinel = await RedisUnderTest.StartAsync(new()
        {
            IsSentinel = true,
            Password = sentinelPassword,
            Configuration = string.Create(
                CultureInfo.InvariantCulture,
                $"""
                {(sentinelPassword is null ? "" : $"requirepass {sentinelPassword}")}
                sentinel monitor {ServiceName} 127.0.0.1 {primary.Port} 1
                sentinel down-after-milliseconds {ServiceName} 500
                sentinel failover-timeout {ServiceName} 3000
                {(password is null ? "" : $"sentinel auth-pass {ServiceName} {password}")}

                """),
        });
        var all = new RedisSentinelUnderTest(primary, replica, sentinel);
        try
        {
            await Eventually.UntilAsync(
                async () => (await sentinel.CliAsync("SENTINEL", "REPLICAS", ServiceName)).Contains("master-link-status\nok", StringComparison.Ordinal),
                because: "the sentinel knows a replica that it can promote");
            return all;
        }
        catch
        {
            await all.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Sentinel.DisposeAsync();
        await Replica.DisposeAsync();
        await Primary.DisposeAsync();
    }
}
