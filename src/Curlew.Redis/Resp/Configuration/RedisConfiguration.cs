using System.Globalization;
using System.Net.Security;
using System.Text;

namespace Curlew.Redis.Resp;

/// <summary>Where Redis is and how to speak with it. Immutable. Its text says all but the secrets.</summary>
internal sealed record RedisConfiguration
{
    /// <summary>The servers: one; several of which one is the primary; nodes of a cluster; or, with <see cref="ServiceName"/>, the sentinels.</summary>
    public required IReadOnlyList<RedisEndpoint> Endpoints { get; init; }

    /// <summary>The ACL user; <see langword="null"/> means Redis' <c>default</c>.</summary>
    public string? User { get; init; }

    public string? Password { get; init; }

    /// <summary>The service that the sentinels watch; <see langword="null"/> where there are none.</summary>
    public string? ServiceName { get; init; }

    /// <summary>The ACL user at the sentinels. They do not share the servers' users, so neither is the other's default.</summary>
    public string? SentinelUser { get; init; }

    public string? SentinelPassword { get; init; }

    /// <summary>Whether connections, those to sentinels too, use TLS.</summary>
    public bool Tls { get; init; }

    /// <summary>The name that the certificate must bear; the host of the endpoint by default.</summary>
    public string? TlsHost { get; init; }

    /// <summary>The last word on TLS: client certificates, a certificate authority of one's own.</summary>
    public Action<SslClientAuthenticationOptions>? ConfigureTls { get; init; }

    /// <summary>What CLIENT LIST shows; nothing by default.</summary>
    public string? ClientName { get; init; }

    /// <summary>The database, 0 by default. A cluster has no other.</summary>
    public int Database { get; init; }

    public RespProtocol Protocol { get; init; }

    /// <summary>For TCP, TLS and the handshake together; 5 s by default.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a command waits for its answer, beyond the time that it asks the server to block; 5 s by default.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A connection over which nothing came for this long is asked for a sign of life; 30 s by default.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The mean of the first pause between attempts to connect is half of this; it doubles with each; 100 ms by default.</summary>
    public TimeSpan ReconnectDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause between attempts to connect; 5 s by default.</summary>
    public TimeSpan MaxReconnectDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The most commands on their way on one connection, those given up by their callers included; 131,072 by default.</summary>
    public int MaxPendingCommands { get; init; } = 128 * 1024;

    public RespLimits Limits { get; init; } = RespLimits.Default;

    /// <summary>Reads a connection string: <c>host:port,host:port,password=…</c> or <c>redis://user:password@host:port/0</c>.</summary>
    /// <exception cref="FormatException">It is wrong; the message says where, and repeats no value that may be secret.</exception>
    public static RedisConfiguration Parse(string text) => RedisConnectionString.Parse(text);

    // In the place of the members that a record would print, secrets among them.
    private bool PrintMembers(StringBuilder text)
    {
        text.AppendJoin(',', Endpoints);
        Append("serviceName", ServiceName);
        Append("user", User);
        Append("password", Password is null ? null : "***");
        Append("sentinelUser", SentinelUser);
        Append("sentinelPassword", SentinelPassword is null ? null : "***");
        Append("ssl", Tls ? "true" : null);
        Append("sslHost", TlsHost);
        Append("name", ClientName);
        Append("defaultDatabase", Database == 0 ? null : Database.ToString(CultureInfo.InvariantCulture));
        Append("protocol", Protocol == RespProtocol.Auto ? null : Protocol.ToString());
        return true;

        void Append(string name, string? value)
        {
            if (value is not null)
                text.Append(',').Append(name).Append('=').Append(value);
        }
    }
}
