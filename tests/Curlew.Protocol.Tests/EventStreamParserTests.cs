using System.Text;

namespace Curlew.Protocol.Tests;

public sealed class EventStreamParserTests
{
    private readonly EventStreamParser _parser = new();

    [Fact]
    public void ABlock_WithEveryField_IsAnEvent()
    {
        Read("id: 7\nevent: paid\nretry: 2500\ndata: a\ndata: b\n\n").ShouldBe([new(EventStreamItemKind.Event, "paid", "a\nb", "7")]);
        _parser.LastEventId.ShouldBe("7");
        Encoding.UTF8.GetString(_parser.LastEventIdUtf8).ShouldBe("7");
        _parser.ReconnectionTime.ShouldBe(TimeSpan.FromMilliseconds(2500));
    }

    [Theory]
    [InlineData("data\n\n", "")]
    [InlineData("data:\n\n", "")]
    [InlineData("data: \n\n", "")]
    [InlineData("data:  \n\n", " ")]
    [InlineData("data:\ndata:\n\n", "\n")]
    [InlineData("data\ndata\ndata\n\n", "\n\n")]
    [InlineData("data:\ndata: x\n\n", "\nx")]
    [InlineData("data: x\ndata\n\n", "x\n")]
    public void ADataField_HoweverEmpty_MakesAnEvent(string stream, string data) => Read(stream).ShouldBe([Message(data)]);

    [Theory]
    [InlineData("\n\n\r\r\r\n\r\n")]
    [InlineData("event: x\n\n")]
    [InlineData("retry: 1\n\n")]
    [InlineData(": comment\n\n")]
    [InlineData("Data: x\n datax: x\n data: x\ndata : x\n\n")]
    [InlineData("id: \0\n\n")]
    public void ABlock_WithNeitherDataNorId_IsNothing(string stream) => Read(stream).ShouldBeEmpty();

    [Fact]
    public void ATypeAndData_AreForgottenAtEveryBlankLine() =>
        Read("event: x\n\ndata: 1\n\nevent: y\ndata: 2\n\ndata: 3\n\n").ShouldBe([Message("1"), Message("2", "y"), Message("3")]);

    [Fact]
    public void AType_GivenTwice_IsTheLastOneEvenIfThatIsEmpty() =>
        Read("event: x\nevent: y\ndata: 1\n\nevent: x\nevent\ndata: 2\n\n", "event: x\n", "event:\n", "data: 3\n\n")
            .ShouldBe([Message("1", "y"), Message("2"), Message("3")]);

    [Fact]
    public void AnId_WithoutData_IsCommittedAndObservable()
    {
        Read("id: 5-0\n\n").ShouldBe([new(EventStreamItemKind.Id, "", "", "5-0")]);
        Read("event: x\nid: 6-0\n\ndata: y\n\n").ShouldBe([new(EventStreamItemKind.Id, "", "", "6-0"), Message("y", lastEventId: "6-0")]);
    }

    [Fact]
    public void AnEmptyId_ResetsTheLastEventId()
    {
        Read("id: 1\n\nid\n\n").Select(record => record.LastEventId).ShouldBe(["1", ""]);
        _parser.LastEventIdUtf8.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void AnId_WithNul_IsIgnoredAndTheOneBeforeItStands() =>
        Read("id: 1\nid: 2\0\ndata: x\n\n").ShouldBe([Message("x", lastEventId: "1")]);

    [Fact]
    public void ABlock_CutAtEveryByte_CommitsNothingAndLeavesNothing()
    {
        const string Block = "id: 2\r\nevent: t\r\ndata: a\r\ndata: b\r\n\r";
        for (var length = 0; length < Block.Length; length++)
        {
            var parser = new EventStreamParser(new() { LastEventId = "1" });
            StreamRecord.ReadAll(parser, Block[..length]).ShouldBeEmpty();
            parser.LastEventId.ShouldBe("1");
            parser.Reset();
            StreamRecord.ReadAll(parser, "\n\ndata: x\n\n").ShouldBe([Message("x", lastEventId: "1")]);
        }

        StreamRecord.ReadAll(_parser, Block).ShouldBe([Message("a\nb", "t", "2")]);
    }

    [Fact]
    public void ALoneCr_EndsTheBlockAtOnceAndSwallowsTheLfThatFollows()
    {
        Read("data: 1\r").ShouldBeEmpty();
        Read("\r").ShouldBe([Message("1")]);
        Read("\n").ShouldBeEmpty();
        Read("\ndata: 2\r\n\r").ShouldBe([Message("2")]);
        Read("", "\n", "data: 3\n\r").ShouldBe([Message("3")]);
        Read("data: 4\r", "\n", "data: 5\r", "\n", "\r").ShouldBe([Message("4\n5")]);
    }

    [Fact]
    public void AByteOrderMark_AtTheStart_IsPassedOnceHoweverItIsCut()
    {
        byte[] mark = [0xEF, 0xBB, 0xBF];
        StreamRecord.ReadAll(_parser, [[], [0xEF], [], [0xBB], [0xBF], .. Chunks("data: 1\n\n")]).ShouldBe([Message("1")]);
        StreamRecord.ReadAll(_parser, [[.. mark, .. "data: 2\n\n"u8]]).ShouldBeEmpty();
        _parser.Reset();
        StreamRecord.ReadAll(_parser, [mark, .. Chunks("data: 3\n\n")]).ShouldBe([Message("3")]);
        _parser.Reset();
        StreamRecord.ReadAll(_parser, [mark, mark, .. Chunks("data: 4\n\n")]).ShouldBeEmpty();
        _parser.Reset();
        StreamRecord.ReadAll(_parser, [[0xEF, 0xBB], .. Chunks("data: 5\ndata: 6\n\n")]).ShouldBe([Message("6")]);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("03000", 3000)]
    [InlineData("2147483647", 2147483647)]
    [InlineData("2147483648", 2147483647)]
    [InlineData("99999999999999999999999999999999999999999999999999", 2147483647)]
    public void ARetry_OfDigits_TakesEffectAtTheEndOfItsLine(string value, double milliseconds)
    {
        Read("retry:" + value);
        _parser.ReconnectionTime.ShouldBeNull();
        Read("\n");
        _parser.ReconnectionTime.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
        _parser.Reset();
        _parser.ReconnectionTime.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.5")]
    [InlineData("1 ")]
    [InlineData(" 1")]
    [InlineData("1000x")]
    [InlineData("١")]
    public void ARetry_OfAnythingElse_IsIgnored(string value)
    {
        Read("retry: 5\nretry: " + value + "\n");
        _parser.ReconnectionTime.ShouldBe(TimeSpan.FromMilliseconds(5));
    }

    [Fact]
    public void Comments_WhereAskedFor_ComeInOrderAndDoNotEndTheBlock() =>
        StreamRecord.ReadAll(new(new() { ReadComments = true }), ": hello\n\nid: 1\ndata: a\n:\nevent: t\n:  b\ndata: c\n\n").ShouldBe(
        [
            new(EventStreamItemKind.Comment, "", "hello", ""),
            new(EventStreamItemKind.Comment, "", "", ""),
            new(EventStreamItemKind.Comment, "", " b", ""),
            new(EventStreamItemKind.Event, "t", "a\nc", "1"),
        ]);

    [Fact]
    public void IllFormedBytes_AreReadAsTheyAreAndDecodedWithReplacements()
    {
        ReadOnlySpan<byte> input = [.. "event: "u8, 0xFF, .. "\nid: "u8, 0xE2, 0x82, .. "\ndata: "u8, 0xC0, .. "\n\n"u8];
        _parser.TryRead(ref input, out var item).ShouldBeTrue();

        (item.Type, item.GetData(), item.LastEventId).ShouldBe(("\uFFFD", "\uFFFD", "\uFFFD"));
        item.TypeUtf8.ToArray().ShouldBe([0xFF]);
        item.DataUtf8.ToArray().ShouldBe([0xC0]);
        _parser.LastEventIdUtf8.ToArray().ShouldBe([0xE2, 0x82]);
    }

    [Fact]
    public void ABlock_ThatLiesInOneChunk_IsReadInPlace()
    {
        var chunk = "data: one\n\n"u8.ToArray();
        ReadOnlySpan<byte> input = chunk;
        _parser.TryRead(ref input, out var item).ShouldBeTrue();
        item.DataUtf8.Overlaps(chunk, out var offset).ShouldBeTrue();
        offset.ShouldBe(-6);
    }

    [Fact]
    public void ARead_OfWholeBlocksOfKnownTypes_AllocatesNothing()
    {
        var chunk = "id: 1-1\nevent: paid\ndata: one\n\nid: 1-2\ndata: two\n\nid: 1-3\n\n: comment\n\n"u8.ToArray();
        var (cut, data) = (0, 0);
        for (var round = 0; round < 100; round++)
            ReadAll();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++)
            ReadAll();

        GC.GetAllocatedBytesForCurrentThread().ShouldBe(before);
        data.ShouldBe(200 * 6);

        void ReadAll()
        {
            // Cut elsewhere in every round: what is kept between chunks is kept in the same buffers.
            cut = (cut + 1) % chunk.Length;
            Part(chunk.AsSpan(0, cut));
            Part(chunk.AsSpan(cut));
        }

        void Part(ReadOnlySpan<byte> input)
        {
            while (_parser.TryRead(ref input, out var item))
            {
                data += item.DataUtf8.Length;
                _ = item.Type;
            }
        }
    }

    [Theory]
    [InlineData("paid")]
    [InlineData("message")]
    [InlineData("a.longer-name_of/a:type")]
    public void AType_ThatRecurs_IsTheSameString(string type)
    {
        var types = Read($"event: {type}\ndata\n\nevent: other\ndata\n\nevent: {type}\ndata\n\n").Select(record => record.Type).ToList();
        types[2].ShouldBe(type);
        types[2].ShouldBeSameAs(types[0]);
    }

    [Fact]
    public void Types_InAnyNumber_AreNotTakenForOneAnother()
    {
        var types = Enumerable.Range(0, 500).Select(number => $"t{number * 7919 % 500}é"[..^(number % 2)]).ToList();
        Read(string.Concat(types.Select(type => $"event: {type}\ndata\n\n"))).Select(record => record.Type).ShouldBe(types);
    }

    [Fact]
    public void ALine_LongerThanTheLimit_IsRefusedBeforeItsEnd()
    {
        var parser = new EventStreamParser(new() { MaxBlockBytes = 10 });
        StreamRecord.ReadAll(parser, "data: 6789\n\n", "data: ", "6789\n\n", "data: 6789").ShouldBe([Message("6789"), Message("6789")]);

        var exception = Should.Throw<EventStreamTooLargeException>(() => StreamRecord.ReadAll(parser, "x"));
        exception.MaxBlockBytes.ShouldBe(10);
        exception.Message.ShouldContain("10 bytes");
    }

    [Theory]
    [InlineData("data:\n", 100)]
    [InlineData("data\n", 100)]
    [InlineData("data: 12345\n", 100)]
    public void ABlock_OfManyLines_IsRefusedAtTheLimit(string line, int limit)
    {
        var parser = new EventStreamParser(new() { MaxBlockBytes = limit });
        var lines = 0;
        Should.Throw<EventStreamTooLargeException>(() =>
        {
            for (; lines < 1000; lines++)
                StreamRecord.ReadAll(parser, line);
        });
        lines.ShouldBeInRange(limit / line.Length, limit);
    }

    [Fact]
    public void TheLimit_IsForOneBlockAndCountsNothingThatWasPassedOver()
    {
        var parser = new EventStreamParser(new() { MaxBlockBytes = 20 });
        for (var round = 0; round < 100; round++)
        {
            StreamRecord.ReadAll(parser, ": keep-alive\n", "unknown: field\n", "id: 123\n", "event: t\n", "retry: 99\n").ShouldBeEmpty();
        }

        StreamRecord.ReadAll(parser, "data: ok\n\n").ShouldBe([Message("ok", "t", "123")]);
    }

    [Fact]
    public void AStream_PastTheLimit_IsRefusedUntilReset()
    {
        var parser = new EventStreamParser(new() { MaxBlockBytes = 10 });
        Should.Throw<EventStreamTooLargeException>(() => StreamRecord.ReadAll(parser, "id: 1\n\ndata: 67890"));
        Should.Throw<EventStreamTooLargeException>(() => StreamRecord.ReadAll(parser, "\n\n"));
        parser.LastEventId.ShouldBe("1");
        parser.Reset();
        StreamRecord.ReadAll(parser, "data: x\n\n").ShouldBe([Message("x", lastEventId: "1")]);
    }

    [Fact]
    public void ALargeBlock_InManyChunks_IsReadWhole()
    {
        var line = new string('x', 70_000);
        for (var round = 0; round < 3; round++)
        {
            var stream = Encoding.UTF8.GetBytes($"id: {round}\ndata: {line}\ndata: {line}\n\ndata: small\n\n");
            StreamRecord.ReadAll(_parser, stream.Chunk(4096).Select(chunk => chunk.ToArray()))
                .ShouldBe([Message(line + "\n" + line, lastEventId: $"{round}"), Message("small", lastEventId: $"{round}")]);
        }
    }

    [Fact]
    public void TheDefaultLimit_TakesABlockOf16MiBAndNoMore()
    {
        var line = new byte[EventStreamParserOptions.DefaultMaxBlockBytes];
        "data:"u8.CopyTo(line);
        ReadOnlySpan<byte> input = line;
        _parser.TryRead(ref input, out _).ShouldBeFalse();
        Should.Throw<EventStreamTooLargeException>(() => Read("x"));
    }

    [Fact]
    public void TheLastEventId_GivenAtTheStart_StandsUntilABlockSetsAnother()
    {
        var parser = new EventStreamParser(new() { LastEventId = "é1" });
        parser.LastEventIdUtf8.ToArray().ShouldBe("é1"u8.ToArray());
        StreamRecord.ReadAll(parser, "data: a\n\nid: 2\ndata: b\n\n").ShouldBe([Message("a", lastEventId: "é1"), Message("b", lastEventId: "2")]);
    }

    [Fact]
    public void TheOptions_OutOfRange_AreRefused() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new EventStreamParser(new() { MaxBlockBytes = 0 }));

    private static StreamRecord Message(string data, string type = "message", string lastEventId = "") =>
        new(EventStreamItemKind.Event, type, data, lastEventId);

    private static IEnumerable<byte[]> Chunks(params string[] chunks) => chunks.Select(Encoding.UTF8.GetBytes);

    private List<StreamRecord> Read(params string[] chunks) => StreamRecord.ReadAll(_parser, chunks);
}
