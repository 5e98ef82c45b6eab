using System.Collections.Concurrent;
using System.Text;

namespace Curlew.Redis.Tests.Servers;

/// <summary>A client as a test uses it: commands as words, replies as text, and a record of what became of its connections.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    private readonly ConcurrentQueue<RedisConnectionChange> _changes = new();

    public TestClient(RedisConfiguration configuration)
    {
        // Time-outs that a test is not about are out of its way, however slow the machine.
        if (configuration.ConnectTimeout == TimeSpan.FromSeconds(5))
            configuration = configuration with { ConnectTimeout = Eventually.DefaultDeadline };
        if (configuration.CommandTimeout == TimeSpan.FromSeconds(5))
            configuration = configuration with { CommandTimeout = Eventually.DefaultDeadline };
        Redis = new(configuration with { ReconnectDelay = TimeSpan.FromMilliseconds(10), MaxReconnectDelay = TimeSpan.FromMilliseconds(100) }, Log.CreateLogger("redis"));
        Redis.ConnectionChanged += (_, change) => _changes.Enqueue(change);
    }

    public TestClient(string connectionString)
        : this(RedisConfiguration.Parse(connectionString))
    {
    }

    public TestClient(int port, string options = "")
        : this($"127.0.0.1:{port}{options}")
    {
    }

    public RedisClient Redis { get; }

    public LogCollector Log { get; } = new();

    public IReadOnlyList<RedisConnectionChange> Changes => [.. _changes];

    public static RespCommand Command(params string[] words)
    {
        var command = new RespCommand(Encoding.UTF8.GetBytes(words[0]));
        foreach (var word in words.AsSpan(1))
        {
            // Marked by the test, as the code that knows the command would.
            if (word.StartsWith("key:", StringComparison.Ordinal))
                command.AddKey(word);
            else
                command.Add(word);
        }

        return command;
    }

    /// <summary>The reply as text: elements in brackets, null as a dash.</summary>
    public static string Render(RespReply reply)
    {
        var reader = reply.Read();
        return Render(ref reader);
    }

    /// <summary>Sends a command; words that begin with <c>key:</c> are keys.</summary>
    public Task<string> SendAsync(params string[] words) => SendAsync(TimeSpan.Zero, words);

    public async Task<string> SendAsync(TimeSpan maxWait, params string[] words)
    {
        using var command = Command(words);
        using var reply = await Redis.SendAsync(command, maxWait, Deadline.Token);
        return Render(reply);
    }

    public ValueTask DisposeAsync() => Redis.DisposeAsync();

    private static string Render(ref RespReader reader)
    {
        switch (reader.Type)
        {
            case RespType.Null:
                reader.TryReadNull();
                return "-";
            case RespType.Error or RespType.BulkError:
                return "!" + reader.ReadError().Message;
            case RespType.Array or RespType.Set or RespType.Map:
                var items = new string[reader.ReadArray()];
                for (var i = 0; i < items.Length; i++)
                    items[i] = Render(ref reader);
                return $"[{string.Join(' ', items)}]";
            default:
                return reader.ReadString();
        }
    }
}
