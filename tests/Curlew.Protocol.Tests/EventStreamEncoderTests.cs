using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Curlew.Protocol.Tests;

public sealed class EventStreamEncoderTests
{
    private readonly ArrayBufferWriter<byte> _output = new();

    [Fact]
    public void ABlock_WithEveryField_IsWrittenInTheOrderOfTheCalls()
    {
        EventStreamEncoder.WriteId(_output, new EventId(12, 3));
        EventStreamEncoder.WriteType(_output, "order.paid");
        EventStreamEncoder.WriteRetry(_output, TimeSpan.FromSeconds(1.5));
        EventStreamEncoder.WriteData(_output, "{\"id\":1}");
        EventStreamEncoder.EndBlock(_output);

        Written.ShouldBe("id: 12-3\nevent: order.paid\nretry: 1500\ndata: {\"id\":1}\n\n");
    }

    [Theory]
    [InlineData("", "data: \n")]
    [InlineData("a", "data: a\n")]
    [InlineData(" a", "data:  a\n")]
    [InlineData("a\nb", "data: a\ndata: b\n")]
    [InlineData("a\rb", "data: a\ndata: b\n")]
    [InlineData("a\r\nb", "data: a\ndata: b\n")]
    [InlineData("a\n\rb", "data: a\ndata: \ndata: b\n")]
    [InlineData("a\r\r\nb", "data: a\ndata: \ndata: b\n")]
    [InlineData("\n", "data: \ndata: \n")]
    [InlineData("a\n", "data: a\ndata: \n")]
    [InlineData("a\r\n\r\n", "data: a\ndata: \ndata: \n")]
    [InlineData("a\u2028b\u0085c\vd\0", "data: a\u2028b\u0085c\vd\0\n")]
    public void WriteData_InAnyShape_IsOneFieldForEachLine(string data, string expected)
    {
        EventStreamEncoder.WriteData(_output, data);
        Written.ShouldBe(expected);

        _output.ResetWrittenCount();
        EventStreamEncoder.WriteData(_output, Encoding.UTF8.GetBytes(data));
        Written.ShouldBe(expected);
    }

    [Theory]
    [InlineData("", ": \n")]
    [InlineData("keep-alive", ": keep-alive\n")]
    [InlineData("a\r\ndata: b", ": a\n: data: b\n")]
    public void WriteComment_InAnyShape_IsOneCommentForEachLine(string text, string expected)
    {
        EventStreamEncoder.WriteComment(_output, text);
        Written.ShouldBe(expected);
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("\0")]
    [InlineData("fine\r\nretry: 1")]
    public void WriteIdAndType_OfALineEndOrNul_AreRefusedAndWriteNothing(string text) => RefusedAsField(text);

    [Fact]
    public void WriteIdAndType_OfALoneSurrogate_AreRefusedAndWriteNothing()
    {
        RefusedAsField("\uD83D");
        RefusedAsField("x\uDC26");
        RefusedAsField("\uDC26\uD83D");
        EventStreamEncoder.IsValidField("\uD83D\uDC26").ShouldBeTrue();
    }

    [Fact]
    public void WriteDataAndComment_OfALoneSurrogateInALaterLine_AreRefusedAndWriteNothing()
    {
        Should.Throw<ArgumentException>(() => EventStreamEncoder.WriteData(_output, "fine\n\uD83D")).ParamName.ShouldBe("text");
        Should.Throw<ArgumentException>(() => EventStreamEncoder.WriteComment(_output, "fine\n\uD83D")).ParamName.ShouldBe("text");
        Written.ShouldBeEmpty();
    }

    [Fact]
    public void WriteIdAndType_OfEmptyText_WriteAnEmptyField()
    {
        EventStreamEncoder.WriteId(_output, "");
        EventStreamEncoder.WriteType(_output, "");
        Written.ShouldBe("id: \nevent: \n");
    }

    [Fact]
    public void WriteIdBlock_OfTheLargestId_IsOneFieldAndABlankLine()
    {
        EventStreamEncoder.WriteIdBlock(_output, EventId.MaxValue);
        Written.ShouldBe("id: 18446744073709551615-18446744073709551615\n\n");
    }

    [Fact]
    public void WriteRetry_OfAnyDelay_IsInWholeMilliseconds()
    {
        EventStreamEncoder.WriteRetry(_output, TimeSpan.Zero);
        EventStreamEncoder.WriteRetry(_output, TimeSpan.FromMicroseconds(1999));
        EventStreamEncoder.WriteRetry(_output, TimeSpan.MaxValue);
        Written.ShouldBe("retry: 0\nretry: 1\nretry: 922337203685477\n");
        Should.Throw<ArgumentOutOfRangeException>(() => EventStreamEncoder.WriteRetry(_output, TimeSpan.FromTicks(-1)));
    }

    [Theory]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(100_000)]
    public async Task WriteData_OfALongLineIntoAPipe_WritesAllOfIt(int length)
    {
        var data = new string('x', length);
        var pipe = new Pipe(new(pauseWriterThreshold: 0));
        EventStreamEncoder.WriteData(pipe.Writer, data + "\nend");
        await pipe.Writer.CompleteAsync();

        var read = await pipe.Reader.ReadAtLeastAsync(int.MaxValue, TestContext.Current.CancellationToken);
        Encoding.UTF8.GetString(read.Buffer).ShouldBe($"data: {data}\ndata: end\n");
    }

    private string Written => Encoding.UTF8.GetString(_output.WrittenSpan);

    private void RefusedAsField(string text)
    {
        Should.Throw<ArgumentException>(() => EventStreamEncoder.WriteId(_output, text)).ParamName.ShouldBe("id");
        Should.Throw<ArgumentException>(() => EventStreamEncoder.WriteType(_output, text)).ParamName.ShouldBe("type");
        EventStreamEncoder.IsValidField(text).ShouldBeFalse();
        Written.ShouldBeEmpty();
    }
}
