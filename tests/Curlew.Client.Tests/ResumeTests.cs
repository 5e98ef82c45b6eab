using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Curlew.Client.Tests;

/// <summary>What a reader gets is what the server has, wherever and however the network cuts.</summary>
public sealed class ResumeTests
{
    private static readonly string[] Blocks =
    [
        "\uFEFFretry: 0\nid: 0\n\n",
        "id: 1\ndata: one\n\n",
        ": a comment\n\nid: 2\r\nevent: typed\r\ndata: two\r\ndata: lines\r\n\r\n",
        "id: 3\rdata: \u00e9\u20ac\U0001F600\r\r",
        "id: 4\n\n",
        "data: five\nid: 5\u2026\n\n",
        ":\n\n",
        "id: 6\ndata\n\n",
    ];

    private static readonly string[] Data = ["one", "two\nlines", "\u00e9\u20ac\U0001F600", "five", ""];
    private static readonly string[] Ids = ["0", "1", "2", "3", "4", "5\u2026", "6"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reading_CutAtEveryByte_YieldsEachEventOnce(bool reset)
    {
        var whole = Respond("", "Connection: close\r\n");
        for (var cut = 0; cut <= whole.Length; cut++)
        {
            await using var server = new ScriptedServer(async exchange =>
            {
                // A connection that were kept might get the next request before the reset.
                var answer = Respond(Utf8(exchange.Request["Last-Event-ID"]), "Connection: close\r\n");
                if (exchange.Number == 1)
                {
                    await exchange.SendAsync(answer.AsMemory(0, cut));
                    if (reset)
                        exchange.Reset();
                    return;
                }

                await exchange.SendAsync(exchange.Request["Last-Event-ID"] is { } id && Utf8(id) == Ids[^1] ? Encoding.ASCII.GetBytes(ScriptedServer.Answer("204 Done")) : answer);
            });
            await using var source = new EventSource(server.Url, new EventSourceOptions { RetryPolicy = SourceReading.AtOnce });
            List<EventSourceStateEventArgs> failures = [];
            source.StateChanged += (_, change) => failures.AddRange(change.Failure is null ? [] : [change]);

            var data = await source.DataAsync();

            data.SequenceEqual(Data, StringComparer.Ordinal)
                .ShouldBeTrue($"cut at {cut}: {string.Join(", ", data)}; {string.Join(" | ", failures.Select(static f => f.Failure!.Error?.Message))}");
            source.LastEventId.ShouldBe(Ids[^1]);
            // Each connection that ended is one failure, and the last request is answered with 204. A request that got not a byte, or lost all with a
            // reset, the platform may repeat by itself.
            failures.Count.ShouldBeInRange(cut == 0 || reset ? 1 : server.Requests.Count - 1, server.Requests.Count - 1, $"cut at {cut}");
        }
    }

    [Fact]
    public async Task Reading_ResetWithTheNextRequestOnTheWay_IsOneMoreFailureAndLosesNothing()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Number > 1)
            {
                await exchange.SendAsync(ScriptedServer.Answer("204 Done"));
                return;
            }

            await exchange.SendAsync(Respond(""));
            (await exchange.Socket.ReceiveAsync(new byte[1], exchange.Ending)).ShouldBe(1, "the connection is used again");
            exchange.Reset();
        });
        await using var source = new EventSource(server.Url, new EventSourceOptions { RetryPolicy = SourceReading.AtOnce });
        List<Exception?> failures = [];
        source.StateChanged += (_, change) => failures.AddRange(change.Failure is null ? [] : [change.Failure.Error]);

        (await source.DataAsync()).ShouldBe(Data);

        failures.Count.ShouldBe(2);
        failures[0].ShouldBeNull("the stream has ended");
        failures[1].ShouldBeOfType<HttpRequestException>();
        server.Requests.Select(static request => request["Last-Event-ID"]).ShouldBe([null, Ids[^1]]);
    }

    [Fact]
    public async Task Reading_InAnyChunks_YieldsTheSameEvents()
    {
        var expected = await ReadAsync([Encoding.UTF8.GetBytes(string.Concat(Blocks))], static _ => false);
        expected.Count.ShouldBe(9, string.Join("\n", expected));
        Prop.ForAll(Gen.Choose(1, 12).ListOf().ToArbitrary(), Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), (sizes, seed) =>
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(Blocks)).AsMemory();
            var random = new Random(seed);
            List<ReadOnlyMemory<byte>> chunks = [];
            for (var i = 0; !bytes.IsEmpty; i++)
            {
                var size = Math.Min(sizes.Count == 0 ? bytes.Length : sizes[i % sizes.Count], bytes.Length);
                chunks.Add(bytes[..size]);
                bytes = bytes[size..];
            }

            return ReadAsync(chunks, _ => random.Next(2) == 0).GetAwaiter().GetResult().SequenceEqual(expected, StringComparer.Ordinal);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task LoneCarriageReturn_AtTheEndOfWhatCame_DispatchesTheEvent()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            await exchange.SendAsync(ScriptedServer.StreamHead + "data: now\r\r");
            await exchange.HoldAsync();
        });
        await using var source = new EventSource(server.Url);

        (await source.DataAsync(count: 1)).ShouldBe(["now"]);
    }

    [Fact]
    public async Task Reader_ThatStops_IsFollowedByOneThatGoesOn()
    {
        await using var server = new ScriptedServer(exchange => exchange.SendAsync(Respond(Utf8(exchange.Request["Last-Event-ID"]))));
        await using var source = new EventSource(server.Url);

        (await source.DataAsync(count: 2)).ShouldBe(Data[..2]);
        source.State.ShouldBe(EventSourceState.Closed);
        source.LastEventId.ShouldBe("2");

        (await source.DataAsync(count: 3)).ShouldBe(Data[2..]);
        server.Requests.Select(static request => request["Last-Event-ID"]).ShouldBe([null, "2"]);
    }

    [Fact]
    public async Task LastEventId_ThatIsEmptied_IsNotSent()
    {
        await using var server = new ScriptedServer(ScriptedServer.Stream("retry: 0\ndata: a\n\nid\ndata: b\n\n"), ScriptedServer.Answer("204 Done"));
        await using var source = new EventSource(server.Url, new EventSourceOptions { LastEventId = "before" });

        List<(string, string?)> events = [];
        await foreach (var item in source.ReadAllAsync(Deadline.Token))
            events.Add((item.Data, item.EventId));

        events.ShouldBe([("a", "before"), ("b", null)]);
        server.Requests.Select(static request => request["Last-Event-ID"]).ShouldBe(["before", null]);
    }

    private static string Utf8(string? octets) => octets is null ? "" : Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(octets));

    /// <summary>What a server answers that has the blocks: those after an id, in HTTP chunks, so that a cut is seen as one.</summary>
    private static byte[] Respond(string lastEventId, string headers = "")
    {
        var from = 0;
        for (var at = 0; lastEventId.Length > 0 && at < Blocks.Length; at++)
        {
            if (Blocks[at].Contains($"id: {lastEventId}", StringComparison.Ordinal))
                from = at + 1;
        }

        var output = new MemoryStream();
        output.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n{headers}\r\n"));
        foreach (var block in Blocks[from..].Select(Encoding.UTF8.GetBytes))
        {
            output.Write(Encoding.ASCII.GetBytes($"{block.Length:x}\r\n"));
            output.Write(block);
            output.Write("\r\n"u8);
        }

        output.Write("0\r\n\r\n"u8);
        return output.ToArray();
    }

    private static async Task<List<string>> ReadAsync(IReadOnlyList<ReadOnlyMemory<byte>> chunks, Func<int, bool> isLate)
    {
        using var handler = new StubHandler(_ => StubHandler.EventStream(new ChunkedStream(chunks, isLate)));
        await using var source = new EventSource("http://stub.example/", new EventSourceOptions { HttpMessageHandler = handler, RetryPolicy = SourceReading.Never, ReadComments = true });
        List<string> told = [];
        await foreach (var message in source.ReadMessagesAsync(Deadline.Token))
            told.Add($"{message.Kind} {message.LastEventId} {message.Item.EventType} {message.Item.Data} {message.Comment}");
        return told;
    }
}
