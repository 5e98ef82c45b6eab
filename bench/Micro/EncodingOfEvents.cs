using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Curlew.Protocol;

namespace Curlew.Micro;

/// <summary>
/// What it costs to encode an event, once for all who get it: its fields, from UTF-8 and from text, into memory that is there; and as a hub does it, into
/// the frame that it keeps, whose memory is all that is allocated.
/// </summary>
public class EncodingOfEvents
{
    private static readonly EventId Id = Frames.Id(0);

    private readonly ArrayBufferWriter<byte> _output = new(64 * 1024);
    private string _text = "";
    private byte[] _data = [];
    private NewEvent _event = null!;

    [Params(EventShape.Small, EventShape.Typical, EventShape.MultiLine, EventShape.Large)]
    public EventShape Shape { get; set; }

    [GlobalSetup]
    public void Make()
    {
        _text = Shape switch
        {
            EventShape.Small => new('x', 20),
            EventShape.MultiLine => string.Join('\n', Enumerable.Repeat(new string('x', 50), 20)),
            EventShape.Large => new('x', 16_000),
            _ => new('x', 200),
        };
        _data = Encoding.UTF8.GetBytes(_text);
        _event = new(["rooms/1/readings"], _data, "reading");
    }

    [Benchmark(Baseline = true)]
    public int Utf8()
    {
        Begin();
        EventStreamEncoder.WriteData(_output, _data);
        return End();
    }

    [Benchmark]
    public int Text()
    {
        Begin();
        EventStreamEncoder.WriteData(_output, _text);
        return End();
    }

    [Benchmark]
    public object FrameOfAHub()
    {
        var frame = Frame.Prepare(_event);
        frame.Seal(Id, withId: true);
        return frame;
    }

    private void Begin()
    {
        _output.ResetWrittenCount();
        EventStreamEncoder.WriteId(_output, Id);
        EventStreamEncoder.WriteType(_output, "reading");
    }

    private int End()
    {
        EventStreamEncoder.EndBlock(_output);
        return _output.WrittenCount;
    }
}
