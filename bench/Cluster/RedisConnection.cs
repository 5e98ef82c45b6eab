using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Curlew.Bench.Cluster;

/// <summary>A connection to Redis that only asks what Redis does for others. Single-threaded.</summary>
internal sealed class RedisConnection : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);
    private static readonly string[] Own = ["client|list", "client|id", "info"];

    private readonly TcpClient _client = new() { ReceiveTimeout = (int)Timeout.TotalMilliseconds };
    private readonly StreamReader _reader;

    public RedisConnection(IPEndPoint redis)
    {
        _client.Connect(redis);
        _reader = new(_client.GetStream(), Encoding.ASCII);
    }

    /// <summary>The connections that Redis has, without this one.</summary>
    public int CountOthers() => Ask("CLIENT LIST").Split('\n').Count(static line => line.StartsWith("id=", StringComparison.Ordinal)) - 1;

    /// <summary>How often each command has been called, without those that are asked here.</summary>
    public IReadOnlyDictionary<string, long> CountCalls() => ParseCalls(Ask("INFO commandstats"));

    /// <summary>Reads the answer of <c>INFO commandstats</c>.</summary>
    public static IReadOnlyDictionary<string, long> ParseCalls(string answer)
    {
        const string Prefix = "cmdstat_";
        const string Calls = "calls=";
        Dictionary<string, long> calls = new(StringComparer.Ordinal);
        foreach (var line in answer.Split('\n').Where(static line => line.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var count = line.AsSpan(line.IndexOf(Calls, colon, StringComparison.Ordinal) + Calls.Length);
            if (line[Prefix.Length..colon] is var command && !Own.Contains(command, StringComparer.Ordinal))
                calls[command] = long.Parse(count[..count.IndexOf(',')], CultureInfo.InvariantCulture);
        }

        return calls;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _client.Dispose();
    }

    /// <summary>Asks, and reads the bulk string that is the answer.</summary>
    private string Ask(string command)
    {
        _client.GetStream().Write(Encoding.ASCII.GetBytes(command + "\r\n"));
        var head = _reader.ReadLine();
        if (head is null || head[0] != '$')
            throw new IOException($"Redis answered {command} with {head ?? "nothing"}.");
        var answer = new char[int.Parse(head.AsSpan(1), CultureInfo.InvariantCulture)];
        _reader.ReadBlock(answer);
        _reader.ReadLine();
        return new(answer);
    }
}
