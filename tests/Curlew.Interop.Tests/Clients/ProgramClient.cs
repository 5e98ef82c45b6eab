using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

namespace Curlew.Interop.Tests.Clients;

/// <summary>A client that is a program: a script, or curl.</summary>
internal sealed class ProgramClient : ClientUnderTest
{
    private readonly Func<IReadOnlyList<string>, IEnumerable<PeerEvent>> _read;

    private ProgramClient(ProgramUnderTest program, Func<IReadOnlyList<string>, IEnumerable<PeerEvent>> read)
    {
        Program = program;
        _read = read;
    }

    public ProgramUnderTest Program { get; }

    public override IReadOnlyList<PeerEvent> Received => [.. _read(Program.Output)];

    protected override string Description => $"Standard error:\n{string.Join('\n', Program.Error)}";

    /// <summary>Starts a script of <c>Peers/clients</c>.</summary>
    public static async Task<ProgramClient> StartScriptAsync(string script, params string[] arguments)
    {
        await NodePackages.EnsureAsync();
        return new(
            ProgramUnderTest.Start(
                Path.GetExtension(script) == ".py" ? "python3" : "node",
                [Path.Combine(NodePackages.Directory, "clients", script), .. arguments]),
            ReadJson);
    }

    public static ProgramClient StartCurl(Uri url, string? lastEventId)
    {
        string[] position = lastEventId is null ? [] : ["--header", $"Last-Event-ID: {lastEventId}"];
        return new(ProgramUnderTest.Start("curl", ["--silent", "--show-error", "--no-buffer", .. position, url.AbsoluteUri]), ReadStream);
    }

    public override ValueTask DisposeAsync() => Program.DisposeAsync();

    private static IEnumerable<PeerEvent> ReadJson(IReadOnlyList<string> lines) =>
        lines.Where(static line => line.StartsWith('{')).Select(static line => JsonSerializer.Deserialize<PeerEvent>(line, JsonSerializerOptions.Web)!);

    // The platform's parser, so that not everything here is Curlew's. It gives the event's own id, not the last one.
    private static IEnumerable<PeerEvent> ReadStream(IReadOnlyList<string> lines)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(lines.Select(static line => line + '\n'))));
        foreach (var item in SseParser.Create(stream).Enumerate())
            yield return new(item.EventType, item.Data, item.EventId);
    }
}
