using System.Net;
using System.Net.Sockets;

namespace Curlew.Testing;

/// <summary>
/// The network between a client and a server on the loopback address, as bad as a test wants it: it forwards TCP connections, and can cut them, hold
/// them up, let bytes through in dribbles, and swallow answers. Disposing cuts everything.
/// </summary>
/// <remarks>Thread-safe.</remarks>
public sealed class CutProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Task _accepting;

    // Protects everything below.
    private readonly Lock _gate = new();
    private readonly HashSet<Link> _links = [];
    private TaskCompletionSource? _stall;
    private int _answersToCut;
    private int _connections;
    private int _cuts;

    private CutProxy(int serverPort)
    {
        ServerPort = serverPort;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>The port of 127.0.0.1 that clients connect to.</summary>
    public int Port { get; }

    /// <summary>The port of 127.0.0.1 at which the server listens, now or later. Another one is for new connections: those that are open go on.</summary>
    public int ServerPort { get; set; }

    /// <summary>The connections accepted so far, those that were refused because of <see cref="IsAway"/> among them.</summary>
    public int Connections
    {
        get
        {
            lock (_gate)
                return _connections;
        }
    }

    /// <summary>The connections cut so far, by whichever way.</summary>
    public int Cuts
    {
        get
        {
            lock (_gate)
                return _cuts;
        }
    }

    /// <summary>Whether new connections are reset at once, as if nobody were there. Those that are open go on.</summary>
    public bool IsAway { get; set; }

    /// <summary>The most bytes that pass at once, one such piece each millisecond and direction; no limit while null.</summary>
    public int? DribbleBytes { get; set; }

    /// <summary>Starts to forward.</summary>
    /// <param name="serverPort">The port of 127.0.0.1 at which the server listens, now or later.</param>
    /// <returns>The proxy.</returns>
    public static CutProxy Start(int serverPort) => new(serverPort);

    /// <summary>Resets every open connection, on both sides.</summary>
    /// <returns>How many there were.</returns>
    public int Cut()
    {
        Link[] links;
        lock (_gate)
            links = [.. _links];
        return links.Count(Cut);
    }

    /// <summary>Lets the next requests pass and, in the place of the answer's first bytes, cuts the connection: the client cannot know what became of its request.</summary>
    /// <param name="count">How many answers.</param>
    public void CutAnswers(int count)
    {
        lock (_gate)
            _answersToCut = count;
    }

    /// <summary>Holds every byte, in both directions, until <see cref="Resume"/>. Connections stay open.</summary>
    public void Stall()
    {
        lock (_gate)
            _stall ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Ends a <see cref="Stall"/>.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _stall?.SetResult();
            _stall = null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        Cut();
        Resume();
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        socket.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            lock (_gate)
                _connections++;
            if (IsAway)
                Reset(client);
            else
                _ = ForwardAsync(client);
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        var link = new Link(client, server);
        lock (_gate)
            _links.Add(link);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, ServerPort);
            await Task.WhenAll(PumpAsync(link, client, server, isAnswer: false), PumpAsync(link, server, client, isAnswer: true));
            // Both sides have said their last.
            client.Dispose();
            server.Dispose();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Reset(client);
            Reset(server);
        }
        finally
        {
            lock (_gate)
                _links.Remove(link);
        }
    }

    private async Task PumpAsync(Link link, Socket from, Socket to, bool isAnswer)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                if (isAnswer && TakesAnswer())
                {
                    Cut(link);
                    return;
                }

                await SendAsync(to, buffer.AsMemory(0, count));
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // A reset of the one side is passed on to the other.
            Reset(from);
            Reset(to);
        }
    }

    private async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Task? stall;
            lock (_gate)
                stall = _stall?.Task;
            if (stall is not null)
                await stall;
            var piece = bytes;
            if (DribbleBytes is { } most)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1));
                piece = bytes[..Math.Min(most, bytes.Length)];
            }

            bytes = bytes[await to.SendAsync(piece)..];
        }
    }

    private bool TakesAnswer()
    {
        lock (_gate)
        {
            if (_answersToCut == 0)
                return false;
            _answersToCut--;
            return true;
        }
    }

    private bool Cut(Link link)
    {
        lock (_gate)
        {
            if (!_links.Remove(link))
                return false;
            _cuts++;
        }

        Reset(link.Client);
        Reset(link.Server);
        return true;
    }

    private sealed record Link(Socket Client, Socket Server);
}
