using System.Net;
using System.Net.Sockets;

namespace Curlew.Testing;

/// <summary>A TCP port of the loopback address that nobody listens on.</summary>
public static class FreePort
{
    /// <summary>Asks the operating system. Another process may take the port before its user does, which is rare.</summary>
    /// <returns>The port.</returns>
    public static int Next()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
