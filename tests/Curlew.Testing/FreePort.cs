using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Curlew.Testing;

/// <summary>A TCP port of the loopback address for a program that is to listen on it, and on the same one again after a restart.</summary>
/// <remarks>
/// Below the range from which the operating systems give ports to whoever does not ask for one (from 32768 on Linux, from 49152 elsewhere): while the
/// program has not started yet, or is being restarted, its port cannot become another test's or that of a connection.
/// </remarks>
public static class FreePort
{
    private const int First = 10_000;
    private const int End = 32_768;

    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>Picks one at random that nobody listens on, and that this process has not been given before.</summary>
    /// <returns>The port.</returns>
    public static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, End);
            if (IsFree(port) && Given.TryAdd(port, true))
                return port;
        }
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }
}
