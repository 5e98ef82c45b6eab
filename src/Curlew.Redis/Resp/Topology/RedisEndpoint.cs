using System.Globalization;
using System.Net;

namespace Curlew.Redis.Resp;

/// <summary>Where a server listens.</summary>
/// <param name="Host">A name or an address; an IPv6 address without brackets.</param>
/// <param name="Port">The TCP port.</param>
internal readonly record struct RedisEndpoint(string Host, int Port)
{
    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>[v6]:port</c>, or an IPv6 address alone.</summary>
    public static bool TryParse(string text, int defaultPort, out RedisEndpoint endpoint)
    {
        var (host, port) = (text, defaultPort);
        var colon = text.LastIndexOf(':');
        if (colon >= 0 && (text.AsSpan().IndexOf(':') == colon || text.StartsWith('[')) && !text.EndsWith(']'))
        {
            host = text[..colon];
            port = int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        }

        if (host is ['[', .. var address, ']'])
            host = address;
        endpoint = new(host, port);
        return port is > 0 and <= ushort.MaxValue && IsHost(host);
    }

    public override string ToString()
    {
        var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{Port}");
    }

    private static bool IsHost(string host) =>
        host.Contains(':', StringComparison.Ordinal)
            ? IPAddress.TryParse(host, out _)
            : host.Length > 0 && host.All(static c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_');
}
