using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Curlew.Protocol;

namespace Curlew;

/// <summary>
/// An event as a log gives it back: encoded once, as the bytes that go on the wire, shared by every connection. Immutable once it has its id.
/// </summary>
public sealed class Frame
{
    // "id: ", the longest id, and the line end. The body is encoded before the id is known, and the id line written in front of it later.
    private const int IdLineRoom = 4 + EventId.MaxLength + 1;

    // In front of both, a length in hexadecimal digits and a line end, and a line end behind: a chunk of HTTP/1.1, written once for all connections.
    private const int ChunkHeadRoom = 8 + 2;
    private const int ChunkTailLength = 2;
    private const int Room = ChunkHeadRoom + IdLineRoom;

    private static readonly ulong MaxUnixMilliseconds = (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_scratch;

    private readonly byte[] _buffer;
    private readonly string[] _topics;

    // Ticks in UTC, 0 for none: a third of what a nullable DateTimeOffset takes, in every event that is retained.
    private readonly long _occurredAt;
    private int _start;
    private int _chunkStart;
    private byte[]? _envelope;

    /// <summary>Encodes an event that a log holds. What a log holds may have been written by others, so it is checked as at publishing.</summary>
    /// <param name="id">The id of the log's entry.</param>
    /// <param name="topics">The topics, the server's own among them. None means that only a subscription to everything matches.</param>
    /// <param name="data">The data as UTF-8.</param>
    /// <param name="type">The type; none means <c>message</c>.</param>
    /// <param name="retry">The reconnection time to set.</param>
    /// <param name="occurredAt">The event's own time, as <see cref="NewEvent.OccurredAt"/> had it.</param>
    /// <exception cref="InvalidEventException">The entry is no event that can be sent; the exception names the field.</exception>
    public Frame(
        EventId id, IReadOnlyList<string> topics, ReadOnlySpan<byte> data, string? type = null, TimeSpan? retry = null, DateTimeOffset? occurredAt = null)
        : this(CheckStored(topics, data), data, NewEvent.CheckType(type), NewEvent.CheckRetry(retry), occurredAt) => Seal(id, withId: true);

    private Frame(string[] topics, ReadOnlySpan<byte> data, string? type, TimeSpan? retry, DateTimeOffset? occurredAt)
    {
        _topics = topics;
        _occurredAt = occurredAt.GetValueOrDefault().UtcTicks;
        Type = type;
        var scratch = s_scratch ??= new(1024);
        scratch.ResetWrittenCount();
        if (type is not null)
            EventStreamEncoder.WriteType(scratch, type);
        if (retry is { } delay)
            EventStreamEncoder.WriteRetry(scratch, delay);
        EventStreamEncoder.WriteData(scratch, data);
        EventStreamEncoder.EndBlock(scratch);
        _buffer = GC.AllocateUninitializedArray<byte>(Room + scratch.WrittenCount + ChunkTailLength);
        scratch.WrittenSpan.CopyTo(_buffer.AsSpan(Room));
        _start = Room;
        if (scratch.Capacity > 64 * 1024)
            s_scratch = null;
    }

    /// <summary>The id of the event in its log.</summary>
    public EventId Id { get; private set; }

    /// <summary>The topics it was published to.</summary>
    public IReadOnlyList<string> Topics => _topics;

    /// <summary>The type, or <see langword="null"/> for the default, <c>message</c>.</summary>
    public string? Type { get; }

    /// <summary>
    /// When the event happened, in UTC: the time that its publisher gave it, else that of its id; <see langword="null"/> where the id is no time, as in a
    /// stream that others write with ids of their own. It is not in <see cref="Bytes"/>: a stream has no field for it.
    /// </summary>
    public DateTimeOffset? OccurredAt =>
        _occurredAt != 0 ? new(_occurredAt, TimeSpan.Zero) : Id.Milliseconds <= MaxUnixMilliseconds ? DateTimeOffset.FromUnixTimeMilliseconds((long)Id.Milliseconds) : null;

    /// <summary>The block as it goes on the wire.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(_start, Length);

    /// <summary>What the frame costs in memory, in bytes, its bookkeeping estimated.</summary>
    internal int Cost => _buffer.Length + 120;

    internal Span<string> TopicSpan => _topics;

    internal int Length => _buffer.Length - ChunkTailLength - _start;

    internal ReadOnlySpan<byte> Span => _buffer.AsSpan(_start, Length);

    /// <summary>The block as a chunk of HTTP/1.1 (RFC 9112, section 7.1): what goes on the wire where nothing else frames the response.</summary>
    internal ReadOnlySpan<byte> Chunk => _buffer.AsSpan(_chunkStart);

    /// <summary>Encodes all but the id, which only the log knows.</summary>
    internal static Frame Prepare(NewEvent e) => new((string[])e.Topics, e.Data.Span, e.Type, e.Retry, e.OccurredAt);

    /// <summary>The frame of an event that the server itself makes for one connection, such as a gap.</summary>
    internal static Frame ForServer(EventId id, string type, ReadOnlySpan<byte> data, bool withId)
    {
        var frame = new Frame([], data, type, retry: null, occurredAt: null);
        frame.Seal(id, withId);
        return frame;
    }

    /// <summary>Gives the frame its id. Called once, before anyone else sees the frame.</summary>
    internal void Seal(EventId id, bool withId)
    {
        Id = id;
        if (withId)
        {
            Span<byte> line = stackalloc byte[IdLineRoom];
            "id: "u8.CopyTo(line);
            id.TryFormat(line[4..], out var written);
            line[4 + written] = (byte)'\n';
            line = line[..(4 + written + 1)];
            _start = Room - line.Length;
            line.CopyTo(_buffer.AsSpan(_start));
        }

        Span<byte> head = stackalloc byte[ChunkHeadRoom];
        Length.TryFormat(head, out var digits, "X", CultureInfo.InvariantCulture);
        "\r\n"u8.CopyTo(head[digits..]);
        _chunkStart = _start - (digits + 2);
        head[..(digits + 2)].CopyTo(_buffer.AsSpan(_chunkStart));
        "\r\n"u8.CopyTo(_buffer.AsSpan(_buffer.Length - ChunkTailLength));
    }

    /// <summary>
    /// The event wrapped for a reader that cannot know all types: no <c>event</c> line, and as data the JSON object
    /// <c>{"topics":[…],"type":…,"time":…,"data":…}</c>, without <c>time</c> where there is none. Made at the first call and kept, so that it too is encoded once for all who want it.
    /// </summary>
    internal ReadOnlySpan<byte> GetEnvelope()
    {
        // A race makes two equal arrays, of which one is kept.
        return _envelope ??= EncodeEnvelope();
    }

    private byte[] EncodeEnvelope()
    {
        var output = new ArrayBufferWriter<byte>(Length + 64);
        var block = Span;
        if (block.StartsWith("id: "u8))
            output.Write(block[..(block.IndexOf((byte)'\n') + 1)]);
        var json = new ArrayBufferWriter<byte>(Length + 64);
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("topics");
            foreach (var topic in _topics)
                writer.WriteStringValue(topic);
            writer.WriteEndArray();
            writer.WriteString("type", Type);
            // A gap is told, it does not happen: its id is a position.
            if (Type != NewEvent.GapType && OccurredAt is { } time)
                writer.WriteString("time", time.UtcDateTime);
            writer.WriteString("data", DecodeData(block));
            writer.WriteEndObject();
        }

        EventStreamEncoder.WriteData(output, json.WrittenSpan);
        EventStreamEncoder.EndBlock(output);
        return output.WrittenSpan.ToArray();
    }

    private static string DecodeData(ReadOnlySpan<byte> block)
    {
        var text = new StringBuilder();
        var isFirst = true;
        foreach (var range in block.Split((byte)'\n'))
        {
            var line = block[range];
            if (!line.StartsWith("data: "u8))
                continue;
            if (!isFirst)
                text.Append('\n');
            isFirst = false;
            text.Append(Encoding.UTF8.GetString(line[6..]));
        }

        return text.ToString();
    }

    private static string[] CheckStored(IReadOnlyList<string> topics, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(topics);
        if (!System.Text.Unicode.Utf8.IsValid(data))
            throw new InvalidEventException("data", "its data is not well-formed UTF-8");
        foreach (var topic in topics)
        {
            if (Topic.FindFault(topic, pattern: false) is { } fault)
                throw new InvalidEventException("topics", fault);
        }

        return [.. topics.Distinct(StringComparer.Ordinal)];
    }
}
