using System.Buffers;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Curlew.Protocol;

namespace Curlew;

/// <summary>Writes one event as a block: all of it, or, where it throws, nothing, so that a faulty event leaves no half of itself in a stream.</summary>
internal static class EventBlock
{
    private const int MaxKeptBytes = 64 * 1024;

    [ThreadStatic]
    private static JsonScratch? s_scratch;

    public static void WriteText(IBufferWriter<byte> output, string text, string? type = null, string? id = null, TimeSpan? retry = null)
    {
        if (!EventStreamEncoder.IsWellFormed(text))
            throw new ArgumentException("The data of an event must be well-formed text: it has a lone surrogate.", nameof(text));
        WriteFields(output, type, id, retry);
        EventStreamEncoder.WriteData(output, text);
        EventStreamEncoder.EndBlock(output);
    }

    public static void WriteUtf8(IBufferWriter<byte> output, ReadOnlySpan<byte> utf8, string? type = null, string? id = null, TimeSpan? retry = null)
    {
        if (!Utf8.IsValid(utf8))
            throw new ArgumentException("The data of an event must be well-formed UTF-8.", nameof(utf8));
        WriteFields(output, type, id, retry);
        EventStreamEncoder.WriteData(output, utf8);
        EventStreamEncoder.EndBlock(output);
    }

    public static void WriteJson<T>(
        IBufferWriter<byte> output, T value, JsonTypeInfo<T> jsonTypeInfo, string? type = null, string? id = null, TimeSpan? retry = null)
    {
        var scratch = JsonScratch.Take(jsonTypeInfo.Options);
        JsonSerializer.Serialize(scratch.Writer, value, jsonTypeInfo);
        scratch.Write(output, type, id, retry);
    }

    public static void WriteJson(
        IBufferWriter<byte> output, object value, JsonTypeInfo jsonTypeInfo, string? type = null, string? id = null, TimeSpan? retry = null)
    {
        var scratch = JsonScratch.Take(jsonTypeInfo.Options);
        JsonSerializer.Serialize(scratch.Writer, value, jsonTypeInfo);
        scratch.Write(output, type, id, retry);
    }

    /// <summary>Writes a value by what it is: text and bytes as they are, anything else as JSON.</summary>
    public static void WriteValue(
        IBufferWriter<byte> output, object value, JsonSerializerOptions json, string? type = null, string? id = null, TimeSpan? retry = null)
    {
        if (value is string text)
            WriteText(output, text, type, id, retry);
        else if (value is byte[] bytes)
            WriteUtf8(output, bytes, type, id, retry);
        else if (value is ReadOnlyMemory<byte> memory)
            WriteUtf8(output, memory.Span, type, id, retry);
        else
            WriteJson(output, value, json.GetTypeInfo(value.GetType()), type, id, retry);
    }

    /// <summary>Writes a block without data, which no client dispatches: it moves the last event id, or sets the reconnection time.</summary>
    public static void WriteSilent(IBufferWriter<byte> output, string? id, TimeSpan? retry)
    {
        WriteFields(output, type: null, id, retry);
        EventStreamEncoder.EndBlock(output);
    }

    public static void WriteComment(IBufferWriter<byte> output, string text)
    {
        EventStreamEncoder.WriteComment(output, text);
        EventStreamEncoder.EndBlock(output);
    }

    private static void WriteFields(IBufferWriter<byte> output, string? type, string? id, TimeSpan? retry)
    {
        if (type is not null && !EventStreamEncoder.IsValidField(type))
            throw new ArgumentException("The type of an event cannot hold CR, LF, NUL or a lone surrogate.", nameof(type));
        if (id is not null && !EventStreamEncoder.IsValidField(id))
            throw new ArgumentException("The id of an event cannot hold CR, LF, NUL or a lone surrogate.", nameof(id));
        if (retry < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(retry), retry, "The reconnection time of an event cannot be negative.");
        if (id is not null)
            EventStreamEncoder.WriteId(output, id);
        // The default, which SseItem<T> gives where nothing was set.
        if (!string.IsNullOrEmpty(type) && type != SseParser.EventTypeDefault)
            EventStreamEncoder.WriteType(output, type);
        if (retry is { } delay)
            EventStreamEncoder.WriteRetry(output, delay);
    }

    /// <summary>Where a thread serialises to, before anything of the event is written.</summary>
    private sealed class JsonScratch
    {
        private readonly ArrayBufferWriter<byte> _bytes = new(256);
        private readonly JsonSerializerOptions _options;

        private JsonScratch(JsonSerializerOptions options)
        {
            _options = options;
            // A writer that is handed to the serializer decides what the serializer's options say of the text.
            Writer = new(_bytes, new JsonWriterOptions
            {
                Encoder = options.Encoder,
                Indented = options.WriteIndented,
                IndentCharacter = options.IndentCharacter,
                IndentSize = options.IndentSize,
                NewLine = options.NewLine,
                MaxDepth = options.MaxDepth,
                SkipValidation = true,
            });
        }

        public Utf8JsonWriter Writer { get; }

        public static JsonScratch Take(JsonSerializerOptions options)
        {
            var scratch = s_scratch;
            // Taken away while in use: a converter may write an event itself. One whose serialisation throws is not given back.
            s_scratch = null;
            return scratch?._options == options ? scratch : new(options);
        }

        public void Write(IBufferWriter<byte> output, string? type, string? id, TimeSpan? retry)
        {
            Writer.Flush();
            WriteFields(output, type, id, retry);
            EventStreamEncoder.WriteData(output, _bytes.WrittenSpan);
            EventStreamEncoder.EndBlock(output);
            _bytes.ResetWrittenCount();
            Writer.Reset();
            if (_bytes.Capacity <= MaxKeptBytes)
                s_scratch = this;
        }
    }
}
