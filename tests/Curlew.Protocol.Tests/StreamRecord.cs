using System.Buffers;
using System.Text;

namespace Curlew.Protocol.Tests;

/// <summary>One thing that a stream told, as text, whoever parsed it.</summary>
public sealed record StreamRecord(EventStreamItemKind Kind, string Type, string Data, string LastEventId)
{
    /// <summary>Reads the chunks, one after the other.</summary>
    public static List<StreamRecord> ReadAll(EventStreamParser parser, params IEnumerable<byte[]> chunks)
    {
        var records = new List<StreamRecord>();
        foreach (var chunk in chunks)
        {
            ReadOnlySpan<byte> input = chunk;
            while (parser.TryRead(ref input, out var item))
                records.Add(From(item));
            input.IsEmpty.ShouldBeTrue();
            // The chunk's memory belongs to whoever read it: nothing the parser keeps may still point there.
            chunk.AsSpan().Fill((byte)'X');
        }

        return records;
    }

    /// <inheritdoc cref="ReadAll(EventStreamParser, IEnumerable{byte[]})"/>
    public static List<StreamRecord> ReadAll(EventStreamParser parser, params string[] chunks) =>
        ReadAll(parser, chunks.Select(Encoding.UTF8.GetBytes));

    /// <summary>Reads a sequence.</summary>
    public static List<StreamRecord> ReadAll(EventStreamParser parser, ReadOnlySequence<byte> input)
    {
        var records = new List<StreamRecord>();
        while (parser.TryRead(ref input, out var item))
            records.Add(From(item));
        input.IsEmpty.ShouldBeTrue();
        return records;
    }

    private static StreamRecord From(EventStreamItem item) =>
        new(item.Kind, item.Kind == EventStreamItemKind.Event ? item.Type : "", item.GetData(), item.LastEventId);
}
