using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace Curlew.Protocol;

/// <summary>
/// Reads the event-stream format of the WHATWG HTML standard (section 9.2.6, Interpreting an event stream) from chunks of any size.
/// </summary>
/// <remarks>
/// <para>Give each chunk to <see cref="TryRead(ref ReadOnlySpan{byte}, out EventStreamItem)"/> until it returns <see langword="false"/>;
/// the chunk has then been taken in whole, and what a block still lacks is kept. At the end of a connection call <see cref="Reset"/>.</para>
/// <para>A line ends at CR, LF or CRLF, at a CR at once: an event is never held back to see whether an LF follows.
/// The blank line that ends a block commits its id, with or without data; a block that is cut before it leaves no trace.
/// A <c>retry</c> takes effect at the end of its line.</para>
/// <para>A block that lies whole in one chunk is read in place, without a copy of its data. Nothing is allocated but the strings that
/// are asked for, and buffers for what is split between chunks. Not for use by several threads at once.</para>
/// </remarks>
public sealed class EventStreamParser
{
    private const int TypesKept = 16;
    private const int LongestTypeKept = 64;

    private readonly int _maxBlockBytes;
    private readonly bool _readComments;
    private readonly string?[] _types = new string?[TypesKept];

    // The part of a line whose end has not come yet.
    private GrowingBuffer _line;

    // The fields of a block whose end has not come yet: everything here is empty while a block lies in one chunk.
    private GrowingBuffer _type;
    private GrowingBuffer _id;
    private GrowingBuffer _data;
    private bool _hasId;
    private bool _hasData;
    private bool _inBlock;

    // Set as soon as one of the buffers above has been written to, for the next call to clear up after.
    private bool _buffered;

    private int _bomBytesSeen;
    private bool _atStart = true;
    private bool _skipLineFeed;
    private bool _failed;

    private GrowingBuffer _lastEventId;
    private string? _lastEventIdText;

    /// <summary>Makes a parser with default options.</summary>
    public EventStreamParser()
        : this(new())
    {
    }

    /// <summary>Makes a parser.</summary>
    /// <param name="options">How to read; taken over at once.</param>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="EventStreamParserOptions.MaxBlockBytes"/> is below 1.</exception>
    public EventStreamParser(EventStreamParserOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.LastEventId);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxBlockBytes, 1);
        _maxBlockBytes = options.MaxBlockBytes;
        _readComments = options.ReadComments;
        _lastEventIdText = options.LastEventId;
        _lastEventId.Append(Encoding.UTF8.GetBytes(options.LastEventId));
    }

    /// <summary>The longest <see cref="ReconnectionTime"/>: 2,147,483,647 ms, near 25 days. A timer takes even twice that.</summary>
    public static TimeSpan MaxReconnectionTime { get; } = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>
    /// The last id that a finished block has set; empty where none has. It stays until another block sets one, over connections too.
    /// </summary>
    public string LastEventId => _lastEventIdText ??= Encoding.UTF8.GetString(_lastEventId.Span);

    /// <summary>The bytes of <see cref="LastEventId"/> as the server sent them, valid until the next call.</summary>
    public ReadOnlySpan<byte> LastEventIdUtf8 => _lastEventId.Span;

    /// <summary>
    /// What the last valid <c>retry</c> asked for, over connections too; <see langword="null"/> where there was none.
    /// A longer time than <see cref="MaxReconnectionTime"/> counts as that.
    /// </summary>
    public TimeSpan? ReconnectionTime { get; private set; }

    /// <summary>Reads on up to the next item.</summary>
    /// <param name="input">The bytes that follow those read before; on return, what is left of them: nothing if no item was found.</param>
    /// <param name="item">The item, valid until the next call on the parser and as long as the input.</param>
    /// <returns>Whether there was an item. If not, more input is needed.</returns>
    /// <exception cref="EventStreamTooLargeException">
    /// A block is larger than <see cref="EventStreamParserOptions.MaxBlockBytes"/>. The stream cannot be read on: every call throws
    /// until <see cref="Reset"/>.
    /// </exception>
    public bool TryRead(scoped ref ReadOnlySpan<byte> input, out EventStreamItem item)
    {
        if (_buffered)
            ReleaseBuffers();
        if (_atStart || _skipLineFeed || _failed)
            PassStart(ref input);

        ReadOnlySpan<byte> type = default, id = default, data = default;
        bool hasId = false, hasData = false;
        if (_inBlock)
        {
            type = _type.Span;
            id = _id.Span;
            data = _data.Span;
            hasId = _hasId;
            hasData = _hasData;
        }

        while (true)
        {
            // A fair part of all lines is blank: those need no search.
            var end = input is [(byte)'\n', ..] ? 0 : input.IndexOfAny((byte)'\r', (byte)'\n');
            // The type, id and data never exceed the limit together: each is shorter than the line it came from.
            var room = _maxBlockBytes - type.Length - id.Length - data.Length;
            if ((end < 0 ? input.Length : end) > room - _line.Length)
                ThrowTooLarge();
            if (end < 0)
                break;

            var line = input[..end];
            if (_line.Length > 0)
                line = JoinLine(line);
            PassLineEnd(ref input, end);

            if (line.IsEmpty)
            {
                if (hasId)
                    Commit(id);
                if (_inBlock)
                    LeaveBlock();
                if (hasData || hasId)
                {
                    item = new(this, hasData ? EventStreamItemKind.Event : EventStreamItemKind.Id, type, data);
                    return true;
                }

                type = default;
                continue;
            }

            // A name decides at its first byte; every name but these four is unknown, and passed over.
            switch (line[0])
            {
                case (byte)'d' when TryGetValue(line, "data"u8, out var value):
                    data = hasData ? AppendData(data, value) : value;
                    hasData = true;
                    break;
                case (byte)'i' when TryGetValue(line, "id"u8, out var value):
                    if (value.Contains((byte)0))
                        break;
                    id = value;
                    hasId = true;
                    break;
                case (byte)'e' when TryGetValue(line, "event"u8, out var value):
                    type = value;
                    break;
                case (byte)'r' when TryGetValue(line, "retry"u8, out var value):
                    SetReconnectionTime(value);
                    break;
                case (byte)':' when _readComments:
                    Keep(type, id, hasId, data, hasData);
                    item = new(this, EventStreamItemKind.Comment, default, WithoutLeadingSpace(line[1..]));
                    return true;
            }
        }

        if (_inBlock || hasData || hasId || !type.IsEmpty || !input.IsEmpty)
        {
            Keep(type, id, hasId, data, hasData);
            _line.Append(input);
            input = default;
        }

        item = default;
        return false;
    }

    /// <inheritdoc cref="TryRead(ref ReadOnlySpan{byte}, out EventStreamItem)"/>
    public bool TryRead(scoped ref ReadOnlySequence<byte> input, out EventStreamItem item)
    {
        var position = input.Start;
        var read = 0L;
        while (input.TryGet(ref position, out var segment))
        {
            var span = segment.Span;
            var found = TryRead(ref span, out item);
            read += segment.Length - span.Length;
            if (!found)
                continue;
            input = input.Slice(read);
            return true;
        }

        input = input.Slice(input.End);
        item = default;
        return false;
    }

    /// <summary>
    /// Makes ready for the first byte of another connection: an unfinished block leaves no trace. <see cref="LastEventId"/> and
    /// <see cref="ReconnectionTime"/> stay.
    /// </summary>
    public void Reset()
    {
        LeaveBlock();
        _line.Clear();
        ReleaseBuffers();
        _bomBytesSeen = 0;
        _atStart = true;
        _skipLineFeed = false;
        _failed = false;
    }

    internal string GetTypeText(ReadOnlySpan<byte> type)
    {
        if (type.SequenceEqual("message"u8))
            return "message";
        if (type.Length > LongestTypeKept)
            return Encoding.UTF8.GetString(type);
        ref var kept = ref _types[(type.Length + (type[0] * 3) + (type[^1] * 5)) % TypesKept];
        if (!Ascii.Equals(type, kept))
            kept = Encoding.UTF8.GetString(type);
        return kept!;
    }

    /// <summary>The value of a line if its name is this one: all before the first colon, or the whole line without a colon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryGetValue(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!line.StartsWith(name))
            return false;
        if (line.Length == name.Length)
            return true;
        if (line[name.Length] != (byte)':')
            return false;
        value = WithoutLeadingSpace(line[(name.Length + 1)..]);
        return true;
    }

    private static ReadOnlySpan<byte> WithoutLeadingSpace(ReadOnlySpan<byte> value) => value is [(byte)' ', .. var rest] ? rest : value;

    /// <summary>Passes the line end at <paramref name="end"/>. A CR that is the last byte may be half of a CRLF: that is remembered.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PassLineEnd(ref ReadOnlySpan<byte> input, int end)
    {
        var next = end + 1;
        if (input[end] == (byte)'\r')
        {
            if (next == input.Length)
                _skipLineFeed = true;
            else if (input[next] == (byte)'\n')
                next++;
        }

        input = input[next..];
    }

    /// <summary>Passes what belongs to the chunk before: the rest of a byte order mark, the LF of a CRLF.</summary>
    private void PassStart(ref ReadOnlySpan<byte> input)
    {
        if (_failed)
            ThrowTooLarge();
        var bom = Encoding.UTF8.Preamble;
        while (_atStart && !input.IsEmpty)
        {
            if (input[0] == bom[_bomBytesSeen])
            {
                input = input[1..];
                _atStart = ++_bomBytesSeen < bom.Length;
                continue;
            }

            // No byte order mark after all: what looked like one begins the first line.
            _atStart = false;
            _buffered = true;
            _line.Append(bom[.._bomBytesSeen]);
        }

        if (_skipLineFeed && !input.IsEmpty)
        {
            _skipLineFeed = false;
            if (input[0] == (byte)'\n')
                input = input[1..];
        }
    }

    private ReadOnlySpan<byte> JoinLine(ReadOnlySpan<byte> rest)
    {
        _line.Append(rest);
        var line = _line.Span;
        _line.Clear();
        return line;
    }

    private ReadOnlySpan<byte> AppendData(ReadOnlySpan<byte> before, ReadOnlySpan<byte> value)
    {
        // The first line stays where it came from until a second one follows it.
        if (_data.Length == 0)
            _data.Append(before);
        _data.Append((byte)'\n');
        _data.Append(value);
        _buffered = true;
        _inBlock = true;
        return _data.Span;
    }

    /// <summary>Keeps the fields of the unfinished block: what they came from, the input or the line, is about to go.</summary>
    private void Keep(ReadOnlySpan<byte> type, ReadOnlySpan<byte> id, bool hasId, ReadOnlySpan<byte> data, bool hasData)
    {
        _buffered = true;
        _inBlock = true;
        Replace(ref _type, type);
        Replace(ref _id, id);
        if (_data.Length == 0)
            _data.Append(data);
        _hasId = hasId;
        _hasData = hasData;

        static void Replace(ref GrowingBuffer buffer, ReadOnlySpan<byte> bytes)
        {
            if (bytes == buffer.Span)
                return;
            buffer.Clear();
            buffer.Append(bytes);
        }
    }

    /// <summary>Forgets the block, and leaves its bytes for the item that is about to be returned.</summary>
    private void LeaveBlock()
    {
        _inBlock = false;
        _hasId = false;
        _hasData = false;
        _type.Clear();
        _id.Clear();
        _data.Clear();
    }

    private void ReleaseBuffers()
    {
        if (_line.Length == 0)
            _line.Release();
        if (_inBlock)
            return;
        _type.Release();
        _id.Release();
        _data.Release();
        _buffered = _line.Length > 0;
    }

    private void Commit(ReadOnlySpan<byte> id)
    {
        if (id.SequenceEqual(_lastEventId.Span))
            return;
        _lastEventId.Release();
        _lastEventId.Append(id);
        _lastEventIdText = id.IsEmpty ? "" : null;
    }

    private void SetReconnectionTime(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return;
        var milliseconds = 0L;
        foreach (var digit in value)
            milliseconds = Math.Min((milliseconds * 10) + (digit - '0'), int.MaxValue);
        ReconnectionTime = TimeSpan.FromMilliseconds(milliseconds);
    }

    [DoesNotReturn]
    private void ThrowTooLarge()
    {
        _failed = true;
        throw new EventStreamTooLargeException(_maxBlockBytes);
    }
}
