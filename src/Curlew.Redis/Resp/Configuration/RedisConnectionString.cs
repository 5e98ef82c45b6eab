using System.Globalization;

namespace Curlew.Redis.Resp;

/// <summary>
/// Reads connection strings in the two forms in use: StackExchange.Redis' list of endpoints and options, and the URL of redis-cli, whose query may
/// hold the same options. Messages name what is wrong, and repeat no value of an option and no part of a URL before its host.
/// </summary>
internal static class RedisConnectionString
{
    private const string ValidOptions =
        "user, password, name, defaultDatabase, ssl, sslHost, protocol, connectTimeout, asyncTimeout, syncTimeout, keepAlive, serviceName, "
        + "sentinelUser, sentinelPassword; abortConnect, allowAdmin, connectRetry and resolveDns are taken and have no effect";

    public static RedisConfiguration Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = text.Trim();
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        return scheme < 0 ? ParseList(text) : ParseUrl(text[..scheme], text[(scheme + 3)..]);
    }

    private static RedisConfiguration ParseList(string text)
    {
        List<string> hosts = [];
        var configuration = new RedisConfiguration { Endpoints = [] };
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                hosts.Add(part);
            else
                configuration = With(configuration, part[..equals].TrimEnd(), part[(equals + 1)..].TrimStart());
        }

        // As StackExchange.Redis has it.
        var port = configuration.ServiceName is not null ? 26379 : configuration.Tls ? 6380 : 6379;
        return Check(configuration with { Endpoints = ParseHosts(hosts, port) });
    }

    private static RedisConfiguration ParseUrl(string scheme, string rest)
    {
        var isTls = scheme.ToUpperInvariant() switch
        {
            "REDIS" => false,
            "REDISS" => true,
            _ => throw new FormatException("A Redis URL begins with 'redis://' or 'rediss://'."),
        };
        var (beforeQuery, query) = Cut(rest, '?');
        // An @ in a password should be written %40, but often is not.
        var at = beforeQuery.LastIndexOf('@');
        var (hosts, path) = Cut(beforeQuery[(at + 1)..], '/');
        var configuration = new RedisConfiguration { Endpoints = [], Tls = isTls };
        if (at >= 0)
        {
            var (user, password) = Cut(beforeQuery[..at], ':');
            configuration = configuration with { User = Decode(user), Password = password is null ? null : Decode(password) };
        }

        if (!string.IsNullOrEmpty(path))
            configuration = With(configuration, "defaultDatabase", path);
        foreach (var part in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Cut(part, '=');
            configuration = With(configuration, name, Decode(value ?? "") ?? "");
        }

        var port = configuration.ServiceName is not null ? 26379 : 6379;
        return Check(configuration with { Endpoints = ParseHosts(hosts.Split(',', StringSplitOptions.RemoveEmptyEntries), port) });

        static (string Before, string? After) Cut(string text, char separator)
        {
            var index = text.IndexOf(separator, StringComparison.Ordinal);
            return index < 0 ? (text, null) : (text[..index], text[(index + 1)..]);
        }

        static string? Decode(string part) => part.Length == 0 ? null : Uri.UnescapeDataString(part);
    }

    private static RedisEndpoint[] ParseHosts(IReadOnlyCollection<string> hosts, int defaultPort)
    {
        if (hosts.Count == 0)
            throw new FormatException("The Redis connection string names no host; it is 'host:port,option=value' or 'redis://host:port'.");
        return [.. hosts.Select(host => RedisEndpoint.TryParse(host, defaultPort, out var endpoint)
            ? endpoint
            : throw new FormatException("A host in the Redis connection string is malformed; it is 'name', 'name:port' or '[IPv6 address]:port'."))];
    }

    private static RedisConfiguration With(RedisConfiguration configuration, string name, string value) => name.ToUpperInvariant() switch
    {
        "USER" => configuration with { User = value },
        "PASSWORD" => configuration with { Password = value },
        "SENTINELUSER" => configuration with { SentinelUser = value },
        "SENTINELPASSWORD" => configuration with { SentinelPassword = value },
        "NAME" => configuration with { ClientName = value },
        "SERVICENAME" => configuration with { ServiceName = value },
        "DEFAULTDATABASE" => configuration with { Database = Number(name, value, 0) },
        "SSL" => configuration with { Tls = Flag(name, value) },
        "SSLHOST" => configuration with { TlsHost = value },
        "CONNECTTIMEOUT" => configuration with { ConnectTimeout = TimeSpan.FromMilliseconds(Number(name, value, 1)) },
        "ASYNCTIMEOUT" or "SYNCTIMEOUT" => configuration with { CommandTimeout = TimeSpan.FromMilliseconds(Number(name, value, 1)) },
        "KEEPALIVE" => configuration with { KeepAlive = TimeSpan.FromSeconds(Number(name, value, 1)) },
        "PROTOCOL" => configuration with
        {
            Protocol = value.ToUpperInvariant() switch
            {
                "RESP2" or "2" => RespProtocol.Resp2,
                "RESP3" or "3" => RespProtocol.Resp3,
                _ => throw Wrong(name, "'resp2' or 'resp3'"),
            },
        },
        // Meant for clients that can give up at start, or have commands of their own to guard: so that a string can be shared with them.
        "ABORTCONNECT" or "ALLOWADMIN" or "CONNECTRETRY" or "RESOLVEDNS" => configuration,
        _ => throw new FormatException($"The Redis connection string has an unknown option{Quote(name)}. The options are {ValidOptions}."),
    };

    private static RedisConfiguration Check(RedisConfiguration configuration)
    {
        if (configuration.ClientName is { } name && name.Any(static c => c is <= ' ' or > '~'))
            throw Wrong("name", "printable ASCII without spaces");
        if (configuration.User is not null && configuration.Password is null)
            throw new FormatException("The Redis connection string names a user without a password.");
        if (configuration.SentinelUser is not null && configuration.SentinelPassword is null)
            throw new FormatException("The Redis connection string names a sentinelUser without a sentinelPassword.");
        return configuration;
    }

    // What stands before an equals sign may be the end of a password with a comma in it: only what looks like a name is repeated.
    private static string Quote(string name) => name.Length is > 0 and <= 30 && name.All(char.IsAsciiLetter) ? $" '{name}'" : "";

    private static int Number(string name, string value, int least) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw Wrong(name, $"a whole number from {least.ToString(CultureInfo.InvariantCulture)}");

    private static bool Flag(string name, string value) => value.ToUpperInvariant() switch
    {
        "TRUE" or "YES" or "ON" or "1" => true,
        "FALSE" or "NO" or "OFF" or "0" => false,
        _ => throw Wrong(name, "'true' or 'false'"),
    };

    private static FormatException Wrong(string name, string expected) => new($"The option '{name}' of the Redis connection string must be {expected}.");
}
