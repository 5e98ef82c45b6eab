using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Curlew.Testing.Tests;

public sealed class RawStreamTests
{
    private const string ChunkedHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ConnectAsync_SendsTheTargetAndHeadersAsTheyAre()
    {
        using var server = new ScriptedServer();
        var answer = server.AnswerAsync([ChunkedHead, "0\r\n\r\n"]);
        var options = new RawStreamOptions
        {
            Headers = [("Last-Event-ID", "7-0"), ("host", "example.org")],
            LocalAddress = IPAddress.Parse("127.0.0.9"),
        };

        using var stream = await RawStream.ConnectAsync(server.Port, "/a%2Fb?topic=x", options, Cancel);
        var (request, client) = await answer;

        request.ShouldBe("GET /a%2Fb?topic=x HTTP/1.1\r\nAccept: text/event-stream\r\nLast-Event-ID: 7-0\r\nhost: example.org\r\n\r\n");
        client.Address.ShouldBe(IPAddress.Parse("127.0.0.9"));
        stream.Status.ShouldBe(200);
        stream.Headers["content-type"].ShouldBe("text/event-stream");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10_000)]
    public async Task ReadBlockAsync_DecodesChunksHoweverTheyArrive(int pieceLength)
    {
        var stream = "\uFEFFretry: 1000\nid: 1-0\n\n" + "id:2-0\r\nevent: größer\r\ndata: a\r\ndata\r\ndata:  b\r\n\r\n" + ": still here\r\rdata: end\n\n";
        var (blocks, lastEventId) = await ReadAllAsync(Pieces(ChunkedHead + Chunked(stream, 5), pieceLength));

        blocks.ShouldBe(
        [
            new("1-0", null, null, 1000, null, "1-0", 0),
            new("2-0", "größer", "a\n\n b", null, null, "2-0", 0),
            new(null, null, null, null, "still here", "2-0", 0),
            new(null, null, "end", null, null, "2-0", 0),
        ]);
    }

    [Fact]
    public async Task ReadBlockAsync_BlockThatIsCut_CommitsNothing()
    {
        var (blocks, lastEventId) = await ReadAllAsync([ChunkedHead, Chunked("id: 1\ndata: a\n\nid: 2\ndata: b\n", 100)]);

        blocks.ShouldBe([new("1", null, "a", null, null, "1", 0)]);
        lastEventId.ShouldBe("1");
    }

    [Fact]
    public async Task ReadBlockAsync_IdOnlyBlock_MovesTheLastEventId()
    {
        var (blocks, lastEventId) = await ReadAllAsync([ChunkedHead, Chunked("id: 1\ndata: a\n\nid: 5\n\nid\n\n", 100)]);

        blocks.Select(static block => block.LastEventId).ShouldBe(["1", "5", ""]);
    }

    [Fact]
    public async Task ReadBlockAsync_FieldsThatDoNotCount_AreNotReported()
    {
        var (blocks, lastEventId) = await ReadAllAsync([ChunkedHead, Chunked("id: a\0b\nretry: 1s\nDATA: x\nfoo: bar\n\ndata: y\n\n", 100)]);

        blocks.ShouldBe([new(null, null, "y", null, null, "", 0)]);
    }

    [Fact]
    public async Task ReadBlockAsync_LineLongerThanTheBuffer_IsWhole()
    {
        var data = new string('x', 100_000);
        var (blocks, lastEventId) = await ReadAllAsync([ChunkedHead, Chunked($"data: {data}\n\n", 7000)]);

        blocks.ShouldHaveSingleItem().Data.ShouldBe(data);
    }

    [Fact]
    public async Task ReadBlockAsync_BodyUntilClose_EndsWithTheConnection()
    {
        var (blocks, lastEventId) = await ReadAllAsync(["HTTP/1.1 200 OK\r\n\r\ndata: a\n\n"]);

        blocks.ShouldHaveSingleItem().Data.ShouldBe("a");
    }

    [Fact]
    public async Task ReadBlockAsync_CloseBeforeTheLastChunk_IsNoProperEnd()
    {
        using var server = new ScriptedServer();
        var answer = server.AnswerAsync([ChunkedHead, "9\r\ndata: a\n\n\r\n"]);
        using var stream = await RawStream.ConnectAsync(server.Port, "/", cancellationToken: Cancel);
        await answer;

        (await stream.ReadBlockAsync(Cancel)).ShouldNotBeNull().Data.ShouldBe("a");
        await Should.ThrowAsync<EndOfStreamException>(async () => await stream.ReadBlockAsync(Cancel));
        stream.HasEnded.ShouldBeFalse();
    }

    [Fact]
    public async Task ReadBlockAsync_Reset_IsAnIOException()
    {
        using var server = new ScriptedServer();
        var answer = server.AnswerAsync([ChunkedHead], reset: true);

        var failure = await Should.ThrowAsync<IOException>(async () =>
        {
            using var stream = await RawStream.ConnectAsync(server.Port, "/", cancellationToken: Cancel);
            await answer;
            await stream.ReadBlockAsync(Cancel);
        });
        failure.InnerException.ShouldBeOfType<SocketException>().SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
    }

    [Fact]
    public async Task ReadBlockAsync_BrokenChunk_IsInvalidData()
    {
        using var server = new ScriptedServer();
        var answer = server.AnswerAsync([ChunkedHead, "1\r\nab\r\n"]);
        using var stream = await RawStream.ConnectAsync(server.Port, "/", cancellationToken: Cancel);
        await answer;

        await Should.ThrowAsync<InvalidDataException>(async () => await stream.ReadBlockAsync(Cancel));
    }

    [Fact]
    public async Task ReadBlockAsync_Cancelled_LosesNothing()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var connecting = RawStream.ConnectAsync((IPEndPoint)listener.LocalEndpoint, "/", cancellationToken: Cancel);
        using var socket = await listener.AcceptSocketAsync(Cancel);
        await socket.SendAsync(Encoding.ASCII.GetBytes(ChunkedHead + "9\r\ndata: a\n"), Cancel);
        using var stream = await connecting;
        using var impatience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));

        await Should.ThrowAsync<OperationCanceledException>(async () => await stream.ReadBlockAsync(impatience.Token));
        await socket.SendAsync("\n\r\n0\r\n\r\n"u8.ToArray(), Cancel);

        (await stream.ReadBlockAsync(Cancel)).ShouldNotBeNull().Data.ShouldBe("a");
        (await stream.ReadBlockAsync(Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task ReadEventAsync_SkipsWhatNoClientDispatches()
    {
        using var server = new ScriptedServer();
        var answer = server.AnswerAsync([ChunkedHead, Chunked("retry: 1\nid: 1\n\n: c\n\nid: 2\n\ndata: a\n\n", 4)]);
        using var stream = await RawStream.ConnectAsync(server.Port, "/", cancellationToken: Cancel);
        await answer;

        (await stream.ReadEventAsync(Cancel)).ShouldNotBeNull().Data.ShouldBe("a");
        (await stream.ReadEventAsync(Cancel)).ShouldBeNull();
        stream.Blocks.ShouldBe(4);
    }

    [Fact]
    public async Task ReadToEndAsync_ReadsWhatIsNoStream()
    {
        using var server = new ScriptedServer();
        var answer = server.AnswerAsync(["HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 400 Bad Request\r\nContent-Length: 4\r\n\r\noops"]);
        using var stream = await RawStream.ConnectAsync(server.Port, "/", cancellationToken: Cancel);
        await answer;

        stream.Status.ShouldBe(400);
        (await stream.ReadToEndAsync(Cancel)).ShouldBe("oops");
    }

    [Fact]
    public async Task Abort_ResetsTheConnection()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var connecting = RawStream.ConnectAsync((IPEndPoint)listener.LocalEndpoint, "/", cancellationToken: Cancel);
        using var socket = await listener.AcceptSocketAsync(Cancel);
        await socket.SendAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), Cancel);
        using var stream = await connecting;
        while (socket.Available > 0)
            await socket.ReceiveAsync(new byte[1024], Cancel);

        stream.Abort();

        var failure = await Should.ThrowAsync<SocketException>(async () => await socket.ReceiveAsync(new byte[1], Cancel));
        failure.SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
    }

    private static async Task<(StreamBlock[] Blocks, string LastEventId)> ReadAllAsync(IEnumerable<string> pieces)
    {
        using var server = new ScriptedServer();
        var answer = server.AnswerAsync([.. pieces]);
        using var stream = await RawStream.ConnectAsync(server.Port, "/", cancellationToken: Cancel);
        List<StreamBlock> blocks = [];
        while (await stream.ReadBlockAsync(Cancel) is { } block)
            blocks.Add(block with { Arrived = 0 });
        await answer;
        return ([.. blocks], stream.LastEventId);
    }

    /// <summary>A whole chunked body, with an extension and a trailer.</summary>
    private static string Chunked(string body, int chunkBytes)
    {
        var text = new StringBuilder();
        foreach (var chunk in Encoding.UTF8.GetBytes(body).Chunk(chunkBytes))
            text.Append(CultureInfo.InvariantCulture, $"{chunk.Length:X};x=\"y\"\r\n{Encoding.Latin1.GetString(chunk)}\r\n");
        return text.Append("0\r\nX-Trailer: z\r\n\r\n").ToString();
    }

    private static IEnumerable<string> Pieces(string text, int length) => text.Chunk(length).Select(static piece => new string(piece));
}
