using System.Text.Json;

namespace Curlew.Protocol.Tests;

/// <summary>What the web platform's own tests of EventSource say about parsing. Attribution: Data/README.md.</summary>
public sealed class WebPlatformTests
{
    private static readonly JsonElement Cases = LoadCases();

    public static IEnumerable<TheoryDataRow<string>> Ids { get; } =
        Cases.EnumerateArray()
            .Where(item => item.GetProperty("group").GetString() is "format" or "stream-proposal")
            .Select(item => item.GetProperty("id").GetString()!)
            // A media type decides whether a body is parsed at all: that is the client's part.
            .Where(id => !id.StartsWith("format-mime-", StringComparison.Ordinal))
            .Select(id => new TheoryDataRow<string>(id));

    [Fact]
    public void TheCases_AreAllThere() => Ids.Count().ShouldBe(39);

    [Theory]
    [MemberData(nameof(Ids))]
    public void ACase_InItsOwnChunks_GivesItsEvents(string id) => Run(id, chunk => [chunk]);

    [Theory]
    [MemberData(nameof(Ids))]
    public void ACase_ByteByByte_GivesItsEvents(string id) => Run(id, chunk => chunk.Select(value => new[] { value }));

    private static void Run(string id, Func<byte[], IEnumerable<byte[]>> cut)
    {
        var item = Cases.EnumerateArray().Single(item => item.GetProperty("id").GetString() == id);
        var connections = item.TryGetProperty("script", out var script)
            ? script.EnumerateArray().Select(exchange => new[] { Body(exchange.GetProperty("response")) })
            : [item.GetProperty("chunks").EnumerateArray().Select(Body).ToArray()];
        var expect = item.GetProperty("expect");

        var parser = new EventStreamParser();
        var records = new List<StreamRecord>();
        foreach (var chunks in connections)
        {
            records.AddRange(StreamRecord.ReadAll(parser, chunks.SelectMany(cut)));
            parser.Reset();
        }

        records.Where(record => record.Kind == EventStreamItemKind.Event).ShouldBe(
            expect.GetProperty("events").EnumerateArray().Select(expected => new StreamRecord(
                EventStreamItemKind.Event,
                expected.GetProperty("type").GetString()!,
                expected.GetProperty("data").GetString()!,
                expected.GetProperty("lastEventId").GetString()!)));
        if (expect.TryGetProperty("lastEventId", out var lastEventId))
            parser.LastEventId.ShouldBe(lastEventId.GetString());
        if (expect.TryGetProperty("reconnectionTimeMs", out var time))
            (parser.ReconnectionTime?.TotalMilliseconds).ShouldBe(time.ValueKind == JsonValueKind.Null ? null : time.GetDouble());
        if (expect.TryGetProperty("reconnectDelayMs", out var delay) && delay.ValueKind == JsonValueKind.Object)
            (parser.ReconnectionTime?.TotalMilliseconds).ShouldBe(delay.GetProperty("value").GetDouble());
    }

    private static byte[] Body(JsonElement holder) => holder.GetProperty("bodyB64").GetBytesFromBase64();

    private static JsonElement LoadCases() =>
        JsonElement.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "eventsource-cases.json"))).GetProperty("cases");
}
