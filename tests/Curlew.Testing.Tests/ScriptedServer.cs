using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Curlew.Testing.Tests;

/// <summary>Answers one connection with bytes that the test has written down, and notes the request.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public ScriptedServer() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Sends the pieces, a char an octet, each in a packet of its own as far as the network allows, and closes.</summary>
    public async Task<(string Request, IPEndPoint Client)> AnswerAsync(IEnumerable<string> pieces, bool reset = false)
    {
        using var socket = await _listener.AcceptSocketAsync();
        socket.NoDelay = true;
        var request = new StringBuilder();
        var buffer = new byte[1024];
        while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            request.Append(Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer)));
        foreach (var piece in pieces)
            await socket.SendAsync(Encoding.Latin1.GetBytes(piece));
        if (reset)
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        return (request.ToString(), (IPEndPoint)socket.RemoteEndPoint!);
    }

    public void Dispose() => _listener.Dispose();
}
