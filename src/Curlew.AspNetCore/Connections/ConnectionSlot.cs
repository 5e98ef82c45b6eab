using System.Net;
using System.Net.Sockets;

namespace Curlew;

/// <summary>Who holds a connection, as far as limits go.</summary>
/// <param name="Address">The network the client is in: its IPv4 address, or its IPv6 /64.</param>
/// <param name="User">The user's id, if there is a user.</param>
internal sealed record ConnectionSlot(IPAddress? Address, string? User)
{
    private const int NetworkBytes = 8;

    public static ConnectionSlot For(IPAddress? address, string? user) => new(NetworkOf(address), user);

    private static IPAddress? NetworkOf(IPAddress? address)
    {
        if (address is null || address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new(bytes);
    }
}
