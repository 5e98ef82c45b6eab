using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Curlew.Hub.Publishing;

/// <summary>Writes a line as the JSON object that publishes it, ended by LF. Not thread-safe.</summary>
internal sealed class LineEncoder : IDisposable
{
    private static readonly JsonWriterOptions Json = new()
    {
        // Written into a request's body, never into HTML: only what JSON itself demands is escaped.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly byte[] _head;
    private readonly Utf8JsonWriter _json = new(Stream.Null, Json);

    public LineEncoder(string topic, string? type)
    {
        var head = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(head, Json))
        {
            json.WriteStartObject();
            json.WriteStartArray("topics"u8);
            json.WriteStringValue(topic);
            json.WriteEndArray();
            if (type is not null)
                json.WriteString("type"u8, type);
            json.WritePropertyName("data"u8);
        }

        _head = head.WrittenSpan.ToArray();
    }

    /// <summary>What a line takes at least, in bytes; escapes come on top.</summary>
    public long EstimateBytes(in ReadOnlySequence<byte> line) => _head.Length + line.Length + 4;

    public void Write(in ReadOnlySequence<byte> line, ArrayBufferWriter<byte> output)
    {
        output.Write(_head);
        _json.Reset(output);
        if (line.IsSingleSegment)
        {
            WriteText(line.FirstSpan);
        }
        else
        {
            var rented = ArrayPool<byte>.Shared.Rent(checked((int)line.Length));
            line.CopyTo(rented);
            WriteText(rented.AsSpan(0, (int)line.Length));
            ArrayPool<byte>.Shared.Return(rented);
        }

        _json.Flush();
        output.Write("}\n"u8);
    }

    public void Dispose() => _json.Dispose();

    private void WriteText(ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text))
            _json.WriteStringValue(text);
        else
            _json.WriteStringValue(Encoding.UTF8.GetString(text));
    }
}
