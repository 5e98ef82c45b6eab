using System.Globalization;
using System.Text.Json;

namespace Curlew.Interop.Tests.Servers;

/// <summary>A server made with another library, that plays the events of <c>events.json</c>.</summary>
internal sealed class PeerServer : IAsyncDisposable
{
    private static readonly string Scripts = Path.Combine(NodePackages.Directory, "servers");

    private readonly ProgramUnderTest _program;

    private PeerServer(ProgramUnderTest program, Uri url)
    {
        _program = program;
        Url = url;
    }

    public Uri Url { get; }

    /// <summary>The <c>Last-Event-ID</c> of each request so far, <c>none</c> where there was none.</summary>
    public IEnumerable<string> Requests =>
        _program.Output.Where(static line => line.StartsWith("request ", StringComparison.Ordinal)).Select(static line => line["request ".Length..]);

    /// <summary>What the server plays, as a client has to read it: an event without an id has that of the one before.</summary>
    public static async Task<IReadOnlyList<PeerEvent>> PlayedEventsAsync()
    {
        await using var file = File.OpenRead(Path.Combine(Scripts, "events.json"));
        using var json = await JsonDocument.ParseAsync(file, cancellationToken: Deadline.Token);
        List<PeerEvent> events = [];
        foreach (var played in json.RootElement.EnumerateArray())
        {
            var id = played.TryGetProperty("id", out var given) ? given.GetString() : events[^1].Id;
            events.Add(new(played.TryGetProperty("type", out var type) ? type.GetString()! : "message", played.GetProperty("data").GetString()!, id));
        }

        return events;
    }

    public static async Task<PeerServer> StartAsync(string script)
    {
        await NodePackages.EnsureAsync();
        var program = ProgramUnderTest.Start(Path.GetExtension(script) == ".py" ? "python3" : "node", [Path.Combine(Scripts, script)]);
        try
        {
            var listening = await program.WaitForLineAsync(@"^listening (?<port>\d+)$");
            var port = int.Parse(listening.Groups["port"].Value, CultureInfo.InvariantCulture);
            return new(program, new Uri($"http://127.0.0.1:{port}/events"));
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _program.DisposeAsync();
}
