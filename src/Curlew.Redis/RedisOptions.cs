using System.Net.Security;

namespace Curlew;

/// <summary>Where Redis is, and how the hubs use it.</summary>
public sealed class RedisOptions
{
    /// <summary>Default of <see cref="KeyPrefix"/>: <c>curlew</c>.</summary>
    public const string DefaultKeyPrefix = "curlew";

    /// <summary>Default of <see cref="ReadCount"/>: 512.</summary>
    public const int DefaultReadCount = 512;

    /// <summary>
    /// The connection string: <c>host:port,host:port,password=…,ssl=true</c>, as StackExchange.Redis has it, or <c>redis://user:password@host:port/0</c>
    /// (<c>rediss://</c> for TLS). Several hosts are the nodes of a cluster, or with <c>serviceName=…</c> sentinels. Required.
    /// </summary>
    public string? Configuration { get; set; }

    /// <summary>
    /// What the keys of this application begin with. Default: <c>curlew</c>. Applications that share a Redis and not their hubs need one each. It holds no
    /// brace, since key and hub stand in a hash tag.
    /// </summary>
    public string KeyPrefix { get; set; } = DefaultKeyPrefix;

    /// <summary>The most entries that one read takes of a stream. Default: 512.</summary>
    public int ReadCount { get; set; } = DefaultReadCount;

    /// <summary>
    /// How long a read waits at the server for something to come. Default: 2 seconds. After each it is looked whether the server still holds what was read,
    /// so this is also how soon a flush is noticed.
    /// </summary>
    public TimeSpan BlockTime { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Whether this process publishes and serves no streams, as a worker. Default: no. Then it reads nothing from Redis, and has one connection, made when
    /// it publishes first. A stream that it did serve would stay empty.
    /// </summary>
    public bool PublishOnly { get; set; }

    /// <summary>The last word on TLS: client certificates, a certificate authority of one's own.</summary>
    public Action<SslClientAuthenticationOptions>? ConfigureTls { get; set; }

    /// <summary>Says everything that is wrong with the options, and no secret.</summary>
    internal IEnumerable<string> FindFaults()
    {
        if (string.IsNullOrWhiteSpace(Configuration))
        {
            yield return "Redis: Configuration is missing; it must say where Redis is, as 'localhost:6379'.";
        }
        else if (FindFault(Configuration) is { } fault)
        {
            yield return $"Redis: {fault}";
        }

        if (string.IsNullOrEmpty(KeyPrefix) || KeyPrefix.AsSpan().ContainsAny('{', '}'))
            yield return "Redis: KeyPrefix must have a character, and no brace.";
        if (ReadCount < 1)
            yield return $"Redis: ReadCount is {ReadCount}; it must be at least 1.";
        if (BlockTime < TimeSpan.FromMilliseconds(1) || BlockTime > TimeSpan.FromMinutes(1))
            yield return $"Redis: BlockTime is {BlockTime}; it must be from 1 millisecond to 1 minute.";
    }

    private static string? FindFault(string configuration)
    {
        try
        {
            Redis.Resp.RedisConfiguration.Parse(configuration);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }
}
