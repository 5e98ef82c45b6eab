using System.Text;
using BenchmarkDotNet.Attributes;
using Curlew.Protocol;

namespace Curlew.Micro;

/// <summary>What it costs to read an event id and to write one.</summary>
public class EventIds
{
    private readonly byte[] _destination = new byte[EventId.MaxLength];
    private EventId _id;
    private string _text = "";
    private byte[] _utf8 = [];

    [Params("1764892800000-0", "18446744073709551615-18446744073709551615")]
    public string Id { get; set; } = "";

    [GlobalSetup]
    public void Make() => (_id, _text, _utf8) = (EventId.Parse(Id), Id, Encoding.ASCII.GetBytes(Id));

    [Benchmark]
    public bool ParseUtf8() => EventId.TryParse(_utf8, out _);

    [Benchmark]
    public bool ParseText() => EventId.TryParse(_text, out _);

    [Benchmark]
    public bool FormatUtf8() => _id.TryFormat(_destination, out _);

    [Benchmark]
    public string FormatText() => _id.ToString();
}
