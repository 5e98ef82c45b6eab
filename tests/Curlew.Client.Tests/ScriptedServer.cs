using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Curlew.Client.Tests;

/// <summary>A server on a real socket that does with each request what a test says, byte by byte. It speaks no more HTTP than it has to.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    public const string StreamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly Func<Exchange, Task> _answer;
    private readonly ConcurrentBag<Task> _exchanges = [];
    private readonly Task _accepting;
    private int _open;

    /// <summary>Starts to listen.</summary>
    /// <param name="answer">Answers a request; the connection closes after it. It may run for several requests at once.</param>
    public ScriptedServer(Func<Exchange, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Answers the n-th request with the n-th text, a char an octet, and all that follow with the last one.</summary>
    public ScriptedServer(params string[] answers)
        : this(exchange => exchange.SendAsync(answers[Math.Min(exchange.Number, answers.Length) - 1]))
    {
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/events");

    public ConcurrentQueue<Request> Requests { get; } = new();

    /// <summary>The connections that neither side has closed.</summary>
    public int OpenConnections => Volatile.Read(ref _open);

    public static string Stream(string body) => StreamHead + body;

    public static string Answer(string status, string headers = "", string body = "") =>
        $"HTTP/1.1 {status}\r\n{headers}Content-Length: {Encoding.Latin1.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _accepting;
        _listener.Dispose();
        await Task.WhenAll(_exchanges);
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync(_ending.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            Interlocked.Increment(ref _open);
            _exchanges.Add(ServeAsync(socket));
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var closing = socket;
        try
        {
            socket.NoDelay = true;
            if (await Request.ReadAsync(socket, _ending.Token) is not { } request)
                return;
            Requests.Enqueue(request);
            await _answer(new(socket, request, Requests.Count, _ending.Token));
            if (!socket.Connected)
                return;
            socket.Shutdown(SocketShutdown.Send);
            // Closed only after the client: bytes that it has not read yet would be lost with a reset.
            await socket.ReceiveAsync(new byte[1], _ending.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The client has gone, or the test is over.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>A request as it came, octets as chars.</summary>
    internal sealed record Request(string Method, string Target, IReadOnlyList<KeyValuePair<string, string>> Headers, string Body)
    {
        public string? this[string name] =>
            Headers.Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).SingleOrDefault();

        public static async Task<Request?> ReadAsync(Socket socket, CancellationToken cancel)
        {
            var buffer = new byte[16 * 1024];
            var text = "";
            while (true)
            {
                var count = await socket.ReceiveAsync(buffer, cancel);
                if (count == 0)
                    return null;
                text += Encoding.Latin1.GetString(buffer, 0, count);
                var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                if (end < 0)
                    continue;
                var lines = text[..end].Split("\r\n");
                var first = lines[0].Split(' ');
                List<KeyValuePair<string, string>> headers = [.. lines.Skip(1).Select(line => line.Split(": ", 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1]))];
                var request = new Request(first[0], first[1], headers, text[(end + 4)..]);
                if (request.Body.Length >= int.Parse(request["Content-Length"] ?? "0", System.Globalization.CultureInfo.InvariantCulture))
                    return request;
            }
        }
    }

    /// <summary>One request and its connection.</summary>
    /// <param name="Socket">The connection.</param>
    /// <param name="Request">What was asked.</param>
    /// <param name="Number">Counts the server's requests from 1.</param>
    /// <param name="Ending">Cancelled when the test is over.</param>
    internal sealed record Exchange(Socket Socket, Request Request, int Number, CancellationToken Ending)
    {
        public async Task SendAsync(ReadOnlyMemory<byte> bytes)
        {
            while (!bytes.IsEmpty)
                bytes = bytes[await Socket.SendAsync(bytes, Ending)..];
        }

        public Task SendAsync(string octets) => SendAsync(Encoding.Latin1.GetBytes(octets));

        /// <summary>Keeps the connection open until the client closes it.</summary>
        public async Task HoldAsync()
        {
            while (await Socket.ReceiveAsync(new byte[64], Ending) > 0)
            {
                // Nothing more is expected of the client.
            }
        }

        /// <summary>Breaks the connection, and what was sent and not yet read with it.</summary>
        public void Reset()
        {
            Socket.LingerState = new(enable: true, seconds: 0);
            Socket.Close();
        }
    }
}
