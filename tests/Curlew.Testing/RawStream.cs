using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Curlew.Testing;

/// <summary>
/// A client of an event stream on a bare socket, with a reading of HTTP/1.1 and of the format that shares no code with the product.
/// </summary>
/// <remarks>
/// <para>Nothing is read but in a call that reads: a test that stops calling is a client that stops reading. A call that is
/// cancelled loses nothing. A stream costs its socket and 4 KiB; it has no thread, timer or task of its own.</para>
/// <para>Not thread-safe, except that <see cref="Abort"/> and <see cref="Dispose"/> may interrupt a read.</para>
/// </remarks>
public sealed partial class RawStream : IDisposable
{
    private const int MaxHeadBytes = 64 * 1024;

    private readonly Socket _socket;
    private readonly byte[] _input = new byte[4096];
    private readonly Dictionary<string, string> _headers = new(StringComparer.OrdinalIgnoreCase);
    private int _start;
    private int _end;
    private long _received;

    private RawStream(Socket socket) => _socket = socket;

    /// <summary>The status code of the response.</summary>
    public int Status { get; private set; }

    /// <summary>The headers of the response; those of one name are joined by a comma.</summary>
    public IReadOnlyDictionary<string, string> Headers => _headers;

    /// <summary>The last event id that a client would send when it comes back: that of the last block that ended.</summary>
    public string LastEventId { get; private set; } = "";

    /// <summary>The number of blocks that ended so far.</summary>
    public long Blocks { get; private set; }

    /// <summary>Whether the whole response has been read, to its proper end.</summary>
    public bool HasEnded => _body == BodyState.Ended;

    /// <summary>The address that the stream connects from.</summary>
    public IPEndPoint LocalEndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Connects, sends the request, and returns when the head of the response has arrived, whatever its status.</summary>
    /// <param name="server">Where the server listens.</param>
    /// <param name="target">The path and query, sent as they are.</param>
    /// <param name="options">What else to send.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The stream, to be disposed.</returns>
    /// <exception cref="IOException">The connection broke before the head was complete.</exception>
    /// <exception cref="SocketException">The server does not accept.</exception>
    public static async Task<RawStream> ConnectAsync(
        IPEndPoint server,
        string target,
        RawStreamOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        options ??= RawStreamOptions.Default;
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var stream = new RawStream(socket);
        try
        {
            // The window is settled when the connection opens, so the buffer has to be set before.
            if (options.ReceiveBufferBytes is { } bytes)
                socket.ReceiveBufferSize = bytes;
            if (options.LocalAddress is { } local)
                socket.Bind(new IPEndPoint(local, 0));
            await socket.ConnectAsync(server, cancellationToken);
            await stream.SendAsync(server, target, options, cancellationToken);
            await stream.ReadHeadAsync(options.Method, cancellationToken);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="ConnectAsync(IPEndPoint, string, RawStreamOptions?, CancellationToken)"/>
    /// <param name="port">The port of 127.0.0.1 at which the server listens.</param>
    /// <param name="target"/>
    /// <param name="options"/>
    /// <param name="cancellationToken"/>
    public static Task<RawStream> ConnectAsync(
        int port,
        string target,
        RawStreamOptions? options = null,
        CancellationToken cancellationToken = default) =>
        ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), target, options, cancellationToken);

    /// <summary>Reads to the end of the next block that holds anything.</summary>
    /// <param name="cancellationToken">Gives up; what was read so far stays for the next call.</param>
    /// <returns>The block, or null at the proper end of the response.</returns>
    /// <exception cref="IOException">The connection broke; <see cref="EndOfStreamException"/> if the server closed it before the end.</exception>
    /// <exception cref="InvalidDataException">The response is not HTTP.</exception>
    public async ValueTask<StreamBlock?> ReadBlockAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (TryTakeBlock() is { } block)
                return block;
            if (_body == BodyState.Ended)
                return null;
            await FillAsync(cancellationToken);
        }
    }

    /// <summary>Reads to the next block that a client dispatches, past id-only blocks and comments.</summary>
    /// <inheritdoc cref="ReadBlockAsync"/>
    public async ValueTask<StreamBlock?> ReadEventAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var block = await ReadBlockAsync(cancellationToken);
            if (block is null or { IsEvent: true })
                return block;
        }
    }

    /// <summary>Reads the rest of the response as text, such as problem details.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The text.</returns>
    /// <exception cref="IOException">The connection broke; <see cref="EndOfStreamException"/> if the server closed it before the end.</exception>
    public async Task<string> ReadToEndAsync(CancellationToken cancellationToken = default)
    {
        var text = new ArrayBufferWriter<byte>();
        while (true)
        {
            for (var run = PeekBody(); !run.IsEmpty; run = PeekBody())
            {
                text.Write(run);
                TakeBody(run.Length);
            }

            if (_body == BodyState.Ended)
                return Encoding.UTF8.GetString(text.WrittenSpan);
            await FillAsync(cancellationToken);
        }
    }

    /// <summary>Cuts the connection with a reset, as a client that crashes does.</summary>
    public void Abort()
    {
        try
        {
            _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is cut already.
        }

        _socket.Dispose();
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose() => _socket.Dispose();

    private async Task SendAsync(IPEndPoint server, string target, RawStreamOptions options, CancellationToken cancellationToken)
    {
        var request = new StringBuilder();
        request.Append(CultureInfo.InvariantCulture, $"{options.Method} {target} HTTP/1.1\r\n");
        if (!Has("Host"))
            request.Append(CultureInfo.InvariantCulture, $"Host: {server}\r\n");
        if (!Has("Accept"))
            request.Append("Accept: text/event-stream\r\n");
        foreach (var (name, value) in options.Headers)
            request.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        ReadOnlyMemory<byte> bytes = Encoding.UTF8.GetBytes(request.Append("\r\n").ToString());
        while (!bytes.IsEmpty)
            bytes = bytes[await _socket.SendAsync(bytes, cancellationToken)..];

        bool Has(string name) => options.Headers.Any(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        Debug.Assert(_start == _end, "There is input that was not taken.");
        int count;
        try
        {
            count = await _socket.ReceiveAsync(_input.AsMemory(), cancellationToken);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException("The connection broke.", e);
        }

        _received = Stopwatch.GetTimestamp();
        (_start, _end) = (0, count);
        if (count > 0)
            return;
        if (_body != BodyState.UntilClose)
            throw new EndOfStreamException("The server closed the connection before the response was complete.");
        _body = BodyState.Ended;
    }

    private async Task ReadHeadAsync(string method, CancellationToken cancellationToken)
    {
        var head = new ArrayBufferWriter<byte>();
        do
        {
            // An interim response, 1xx, comes before the one that counts.
            head.ResetWrittenCount();
            while (!head.WrittenSpan.EndsWith("\r\n\r\n"u8))
            {
                if (_start == _end)
                    await FillAsync(cancellationToken);
                var line = _input.AsSpan(_start, _end - _start);
                var end = line.IndexOf((byte)'\n') + 1;
                head.Write(end > 0 ? line[..end] : line);
                _start += end > 0 ? end : line.Length;
                if (head.WrittenCount > MaxHeadBytes)
                    throw new InvalidDataException("The head of the response does not end.");
            }

            ReadHead(Encoding.Latin1.GetString(head.WrittenSpan));
        }
        while (Status is >= 100 and < 200);

        if (method == "HEAD" || Status is 204 or 304)
        {
            _body = BodyState.Ended;
        }
        else if (_headers.TryGetValue("Transfer-Encoding", out var coding))
        {
            _body = coding == "chunked" ? BodyState.ChunkSize : throw new InvalidDataException($"Unknown transfer coding {coding}.");
        }
        else if (_headers.TryGetValue("Content-Length", out var length))
        {
            _remaining = long.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture);
            _body = _remaining > 0 ? BodyState.Counted : BodyState.Ended;
        }
        else
        {
            _body = BodyState.UntilClose;
        }
    }

    private void ReadHead(string head)
    {
        _headers.Clear();
        var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || !lines[0].StartsWith("HTTP/1.", StringComparison.Ordinal) || lines[0].Length < 12)
            throw new InvalidDataException($"Not a status line: {lines.FirstOrDefault()}");
        Status = int.Parse(lines[0].AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
                throw new InvalidDataException($"Not a header: {line}");
            var (name, value) = (line[..colon], line[(colon + 1)..].Trim());
            _headers[name] = _headers.TryGetValue(name, out var first) ? $"{first}, {value}" : value;
        }
    }
}
