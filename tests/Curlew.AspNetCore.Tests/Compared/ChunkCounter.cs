using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Curlew.AspNetCore.Tests.Compared;

/// <summary>Counts the writes of a response by the chunks that it arrives in: Kestrel makes one of each flush.</summary>
internal static class ChunkCounter
{
    public static async Task<int> CountAsync(int port, string target, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), cancellationToken);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var response = await reader.ReadToEndAsync(cancellationToken);
        var at = response.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        for (var chunks = 0; ; chunks++)
        {
            var end = response.IndexOf("\r\n", at, StringComparison.Ordinal);
            var length = int.Parse(response.AsSpan(at, end - at), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
                return chunks;
            at = end + 2 + length + 2;
        }
    }
}
