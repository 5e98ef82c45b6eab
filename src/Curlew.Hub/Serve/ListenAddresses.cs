using System.Net;

namespace Curlew.Hub.Serve;

/// <summary>Where the configuration makes the server listen.</summary>
internal static class ListenAddresses
{
    public const string Default = "http://127.0.0.1:5080";

    /// <summary>Every address that the configuration names, in whichever of the host's ways.</summary>
    public static IReadOnlyList<string> Of(IConfiguration configuration)
    {
        List<string> addresses = [.. Split(configuration["urls"])];
        addresses.AddRange(configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(static endpoint => endpoint["Url"]).OfType<string>());
        // Ports without an address mean every address; addresses take precedence over them.
        if (addresses.Count == 0)
        {
            addresses.AddRange(Split(configuration["http_ports"]).Select(static port => $"http://*:{port}"));
            addresses.AddRange(Split(configuration["https_ports"]).Select(static port => $"https://*:{port}"));
        }

        return addresses;
    }

    /// <summary>Says what is wrong with an address; null where nothing is.</summary>
    public static string? FindFault(string address)
    {
        try
        {
            var binding = BindingAddress.Parse(address);
            if (binding.Scheme is "http" or "https" && binding.Host.Length > 0 && binding.Port is >= 0 and <= IPEndPoint.MaxPort && binding.PathBase.Length == 0)
                return null;
        }
        catch (FormatException)
        {
            // As below.
        }

        return $"'{address}' is no address to listen on; it must be such as {Default}.";
    }

    /// <summary>Whether only this machine can reach an address.</summary>
    public static bool IsLoopback(string address) => HostOf(address) is { } host
        && (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host.StartsWith("unix:/", StringComparison.Ordinal)
            || (IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip)));

    /// <summary>The host part of an address, as a request's Host header names it.</summary>
    public static string? HostOf(string address)
    {
        var at = address.IndexOf("://", StringComparison.Ordinal);
        if (at < 0)
            return null;
        var authority = address[(at + 3)..];
        if (authority.StartsWith("unix:/", StringComparison.Ordinal))
            return authority;
        authority = authority.Split('/')[0];
        var colon = authority.LastIndexOf(':');
        return colon > authority.LastIndexOf(']') ? authority[..colon] : authority;
    }

    private static string[] Split(string? list) => (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
