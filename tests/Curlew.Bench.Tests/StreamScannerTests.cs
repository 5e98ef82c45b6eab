using System.Globalization;
using System.Text;
using Curlew.Bench.Fanout.Load;

namespace Curlew.Bench.Tests;

public sealed class StreamScannerTests
{
    private const int DataLength = 60;
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";
    private static readonly Stamp First = new(Phase.Measured, Track: 3, Number: 0, Due: 123_456_789_012);
    private static readonly Stamp Second = new(Phase.WarmUp, Track: 0, Number: int.MaxValue, Due: long.MaxValue);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(60)]
    [InlineData(10_000)]
    public void Read_InPiecesOfAnySize_GivesTheSameEvents(int size)
    {
        var body = $": hello\n\nretry: 3000\nid: 4-0\n\nid: 5-0\ndata: {Data(First)}\n\nevent: ready\ndata:\n\nid: 6-0\nevent: message\ndata:{Data(Second)}\n\n";

        Read(Head + "\r\n" + body, size).Events.ShouldBe([First, Second]);
        Read($"{Head}Transfer-Encoding: chunked\r\n\r\n{Chunks(body, 11)}", size).Events.ShouldBe([First, Second]);
    }

    [Fact]
    public void Read_AnEventWithoutItsBlankLine_IsNotDelivered() => Read($"{Head}\r\ndata: {Data(First)}\n", 100).Events.ShouldBeEmpty();

    [Fact]
    public void Read_DataThatWasCutShort_IsCorrupt()
    {
        Read($"{Head}\r\ndata: {Data(First)[..^1]}\n\n", 100).Scanner.Corrupt.ShouldBe(1);
        Read($"{Head}\r\ndata: {Data(First)}\n\n", 100).Scanner.Corrupt.ShouldBe(0);
    }

    [Fact]
    public void Read_TwoEventsRunTogether_AreCorrupt() => Read($"{Head}\r\ndata: {Data(First)}\ndata: {Data(First)}\n\n", 100).Scanner.Corrupt.ShouldBe(1);

    [Fact]
    public void Read_TheLastChunk_EndsTheStream() => Read($"{Head}Transfer-Encoding: chunked\r\n\r\n{Chunks("data: x\n\n", 4)}0\r\n\r\n", 5).Scanner.IsOver.ShouldBeTrue();

    [Fact]
    public void Read_ARefusal_HasItsStatus() => Read("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n", 100).Scanner.Status.ShouldBe(429);

    [Fact]
    public void Read_Ids_KeepsTheLast() => Read($"{Head}\r\nid: 1-0\ndata: x\n\nid: 2-0\n\n", 3).Scanner.LastId.ShouldBe("2-0");

    [Fact]
    public void Read_AnIdWithoutItsBlankLine_IsNotTheLast() => Read($"{Head}\r\nid: 1-0\ndata: x\n\nid: 2-0\ndata: {Data(First)}\n", 3).Scanner.LastId.ShouldBe("1-0");

    [Fact]
    public void Read_EventsThatTellOfGaps_CountsThem() =>
        Read($"{Head}\r\nid: 1-0\nevent: gap\ndata: {{}}\n\nevent: gaps\ndata: x\n\ndata: gap\n\nevent: gap\n", 5).Scanner.Gaps.ShouldBe(1);

    [Fact]
    public void LastId_OfAStreamThatIsOpenedAgain_IsThatOfTheOneBefore() => new StreamScanner(DataLength, static _ => { }) { LastId = "1-0" }.LastId.ShouldBe("1-0");

    [Fact]
    public void Read_NoResponse_Throws() => Should.Throw<InvalidDataException>(static () => Read("SSH-2.0-OpenSSH\r\n\r\n", 100));

    private static string Data(Stamp stamp)
    {
        var data = new byte[DataLength];
        stamp.Write(data);
        return Encoding.ASCII.GetString(data);
    }

    private static string Chunks(string body, int size) =>
        string.Concat(body.Chunk(size).Select(static chunk => string.Create(CultureInfo.InvariantCulture, $"{chunk.Length:x}\r\n{new string(chunk)}\r\n")));

    private static (List<Stamp> Events, StreamScanner Scanner) Read(string response, int size)
    {
        List<Stamp> events = [];
        var scanner = new StreamScanner(DataLength, events.Add) { KeepsId = true };
        foreach (var piece in Encoding.ASCII.GetBytes(response).Chunk(size))
            scanner.Read(piece);
        return (events, scanner);
    }
}
