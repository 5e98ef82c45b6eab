using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Curlew.Bench.Fanout.Load;

/// <summary>Publishes over one connection that is kept alive, an event at a time: sends a request and blocks until its answer is there. Single-threaded.</summary>
internal sealed class PublishConnection : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly IPEndPoint _server;
    private readonly Socket _socket;
    private readonly byte[] _request;
    private readonly byte[] _response = new byte[16 * 1024];

    public PublishConnection(IPEndPoint server, int dataLength)
    {
        _server = server;
        _request = new byte[dataLength + 1024];
        _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            SendTimeout = (int)Timeout.TotalMilliseconds,
            ReceiveTimeout = (int)Timeout.TotalMilliseconds,
        };
        _socket.Connect(server);
    }

    /// <summary>Publishes an event.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="data">Its data.</param>
    /// <param name="key">An idempotency key, so that it may be published again; empty for none.</param>
    /// <exception cref="IOException">It was refused, or the connection broke.</exception>
    public void Publish(string path, ReadOnlySpan<byte> data, string key = "")
    {
        var keyHeader = key.Length == 0 ? "" : $"Idempotency-Key: {key}\r\n";
        if (!System.Text.Unicode.Utf8.TryWrite(
            _request, $"POST {path} HTTP/1.1\r\nHost: {_server}\r\nContent-Type: text/plain\r\n{keyHeader}Content-Length: {data.Length}\r\n\r\n", out var length))
        {
            throw new ArgumentException("The path is too long.", nameof(path));
        }

        data.CopyTo(_request.AsSpan(length));
        try
        {
            for (var rest = _request.AsSpan(0, length + data.Length); rest.Length > 0;)
                rest = rest[_socket.Send(rest)..];
            ReadResponse();
        }
        catch (SocketException e)
        {
            throw new IOException($"Publishing failed: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        _socket.LingerState = new(enable: true, seconds: 0);
        _socket.Dispose();
    }

    private void ReadResponse()
    {
        for (var read = 0; ;)
        {
            var count = _socket.Receive(_response.AsSpan(read));
            if (count == 0)
                throw new IOException("Publishing failed: the server closed the connection.");
            read += count;
            if (IsComplete(_response.AsSpan(0, read)))
                break;
            if (read == _response.Length)
                throw new IOException("Publishing failed: the answer does not end.");
        }

        if (_response[9] != '2')
            throw new IOException($"Publishing was answered with {Encoding.ASCII.GetString(_response.AsSpan(9, 3))}.");
    }

    private static bool IsComplete(ReadOnlySpan<byte> response)
    {
        var end = response.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        var head = response[..end];
        var body = response[(end + 4)..];
        // An answer without a length has no body, which 204 says, or is in chunks, the last of them empty.
        return ContentLength(head) is { } length ? body.Length >= length : head[9..].StartsWith("204"u8) || body.EndsWith("0\r\n\r\n"u8);
    }

    private static int? ContentLength(ReadOnlySpan<byte> head)
    {
        foreach (var range in head.Split("\r\n"u8))
        {
            var line = head[range];
            if (Ascii.EqualsIgnoreCase(line[..Math.Min(line.Length, 15)], "content-length:"u8)
                && Utf8Parser.TryParse(line[15..].TrimStart((byte)' '), out int length, out _))
                return length;
        }

        return null;
    }
}
