using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace Curlew.Protocol;

/// <summary>
/// Reads the event-stream format of the WHATWG HTML standard (section 9.2.6, Interpreting an event stream) from chunks of any size.
/// </summary>
/// <remarks>
/// <para>There are two ways to read. Where the bytes come from a stream, read them into <see cref="GetMemory"/> or <see cref="GetSpan"/>, call
/// <see cref="Advance"/>, and <see cref="TryRead(out EventStreamItem)"/> until it returns <see langword="false"/>: the parser reads where they lie, so
/// that a block is not copied even if it comes in pieces. Where they are in somebody else's memory, give each chunk to
/// <see cref="TryRead(ref ReadOnlySpan{byte}, out EventStreamItem)"/> until it returns <see langword="false"/>;
/// the chunk has then been taken in whole, and what a block still lacks is kept. At the end of a connection call <see cref="Reset"/>.</para>
/// <para>A line ends at CR, LF or CRLF, at a CR at once: an event is never held back to see whether an LF follows.
/// The blank line that ends a block commits its id, with or without data; a block that is cut before it leaves no trace.
/// A <c>retry</c> takes effect at the end of its line.</para>
/// <para>A block that lies whole in one chunk is read in place, without a copy of its data. Nothing is allocated but the strings that
/// are asked for, and buffers for what is written and for what is split between chunks. Not for use by several threads at once.</para>
/// </remarks>
public sealed class EventStreamParser : IBufferWriter<byte>
{
    private const int TypesKept = 16;
    private const int LongestTypeKept = 64;
    private const int None = -1;
    private const int SmallestArray = 16 * 1024;
    private const int LargestArrayKept = 64 * 1024;

    private readonly int _maxBlockBytes;
    private readonly bool _readComments;
    private readonly string?[] _types = new string?[TypesKept];

    // What was written to the parser, or kept of a chunk: read up to _read, filled up to _end. An unfinished block stays here from its first field on.
    private byte[] _written = [];
    private int _read;
    private int _end;

    // The fields of an unfinished block, where they are in what is still to be read, and the line that has been searched for its end so far.
    private bool _inBlock;
    private int _typeStart;
    private int _typeLength;
    private int _idStart;
    private int _idLength;
    private int _dataStart;
    private int _dataLength;
    private int _lineStart;
    private int _searched;

    // The data, once it has a second line.
    private GrowingBuffer _joined;
    private bool _isJoined;

    // Set once an array may have become large, for the next call to give it back.
    private bool _hasGrown;

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

    /// <summary>Reads on up to the next item, in what was written to the parser.</summary>
    /// <param name="item">The item, valid until the next call on the parser.</param>
    /// <returns>Whether there was an item. If not, more input is needed.</returns>
    /// <exception cref="EventStreamTooLargeException">
    /// A block is larger than <see cref="EventStreamParserOptions.MaxBlockBytes"/>. The stream cannot be read on: every call throws
    /// until <see cref="Reset"/>.
    /// </exception>
    public bool TryRead(out EventStreamItem item)
    {
        if (_hasGrown)
            ReleaseArrays();
        ReadOnlySpan<byte> input = _written.AsSpan(_read, _end - _read);
        var found = Read(ref input, out item);
        _read = _end - input.Length;
        return found;
    }

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
        if (_hasGrown)
            ReleaseArrays();
        while (_read != _end)
        {
            // The rest of a block that began in an earlier chunk, line by line: what follows the block is read where it is.
            var lineEnd = input.IndexOfAny((byte)'\r', (byte)'\n');
            var taken = input[..(lineEnd < 0 ? input.Length : lineEnd + 1)];
            Append(taken);
            input = input[taken.Length..];
            if (TryRead(out item))
                return true;
            if (input.IsEmpty)
                return false;
        }

        if (Read(ref input, out item))
            return true;
        if (!input.IsEmpty)
            Append(input);
        input = default;
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

    /// <summary>Gives memory to write the next bytes to, behind those written before.</summary>
    /// <param name="sizeHint">The least length; 0 for any.</param>
    /// <returns>The memory, at least one byte, valid until the next call on the parser.</returns>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (!HasRoom(sizeHint))
            MakeRoom(sizeHint);
        return _written.AsMemory(_end);
    }

    /// <inheritdoc cref="GetMemory"/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (!HasRoom(sizeHint))
            MakeRoom(sizeHint);
        return _written.AsSpan(_end);
    }

    /// <summary>Tells how many bytes were written to the memory that was given last.</summary>
    /// <param name="count">The bytes.</param>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _written.Length - _end);
        _end += count;
    }

    /// <summary>
    /// Makes ready for the first byte of another connection: an unfinished block leaves no trace. <see cref="LastEventId"/> and
    /// <see cref="ReconnectionTime"/> stay.
    /// </summary>
    public void Reset()
    {
        _read = _end = 0;
        _inBlock = false;
        _atStart = true;
        _skipLineFeed = false;
        _failed = false;
        ReleaseArrays();
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

    /// <summary>Reads on up to the next item.</summary>
    /// <param name="input">
    /// What follows; on return, what is left of it. That begins with the unfinished block, if there is one: it has to come again, with more behind it.
    /// </param>
    /// <param name="item">The item.</param>
    private bool Read(scoped ref ReadOnlySpan<byte> input, out EventStreamItem item)
    {
        item = default;
        if ((_atStart || _failed) && !TryStart(ref input))
            return false;

        int typeStart = 0, typeLength = 0, idStart = 0, idLength = None, dataStart = 0, dataLength = None, lineStart = 0, searched = 0;
        var isJoined = false;
        if (_inBlock)
        {
            lineStart = _lineStart;
            searched = _searched;
        }

        if (_skipLineFeed && lineStart < input.Length)
        {
            _skipLineFeed = false;
            if (input[lineStart] == (byte)'\n')
                searched = ++lineStart;
        }

        // No line has to be measured where even all that there is would not be too much.
        var mayBeTooLarge = input.Length > _maxBlockBytes;
        var end = IndexOfLineEnd(input, searched);
        if (_inBlock)
        {
            typeLength = _typeLength;
            isJoined = _isJoined;
            dataLength = _dataLength;
            mayBeTooLarge = (long)input.Length + (isJoined ? dataLength : 0) > _maxBlockBytes;
            if (end < 0 && !mayBeTooLarge)
            {
                // More of a line, and not its end: all else is as it was.
                _lineStart = lineStart;
                _searched = input.Length;
                return false;
            }

            typeStart = _typeStart;
            idStart = _idStart;
            idLength = _idLength;
            dataStart = _dataStart;
        }

        for (; ; end = IndexOfLineEnd(input, searched))
        {
            var length = (end < 0 ? input.Length : end) - lineStart;
            // The type, id and data never exceed the limit together: each is shorter than the line it came from.
            if (mayBeTooLarge && length > _maxBlockBytes - typeLength - Math.Max(idLength, 0) - Math.Max(dataLength, 0))
                ThrowTooLarge();
            if (end < 0)
                break;

            var line = input.Slice(lineStart, length);
            var valueStart = lineStart;
            lineStart = searched = PassLineEnd(input, end);
            if (line.IsEmpty)
            {
                if (dataLength < 0 && idLength < 0)
                {
                    typeLength = 0;
                    continue;
                }

                if (idLength >= 0)
                    Commit(input.Slice(idStart, idLength));
                item = new(
                    this,
                    dataLength >= 0 ? EventStreamItemKind.Event : EventStreamItemKind.Id,
                    input.Slice(typeStart, typeLength),
                    isJoined ? _joined.Span : dataLength > 0 ? input.Slice(dataStart, dataLength) : default);
                _inBlock = false;
                input = input[lineStart..];
                return true;
            }

            // A name decides at its first byte; every name but these four is unknown, and passed over.
            switch (line[0])
            {
                case (byte)'d' when TryGetValue(line, "data"u8, ref valueStart, out var value):
                    if (dataLength >= 0)
                    {
                        if (!isJoined)
                            BeginJoin(input.Slice(dataStart, dataLength));
                        isJoined = true;
                        _joined.Append((byte)'\n');
                        _joined.Append(value);
                        dataStart = 0;
                        dataLength = _joined.Length;
                        _hasGrown |= dataLength > LargestArrayKept;
                        break;
                    }

                    dataStart = valueStart;
                    dataLength = value.Length;
                    break;
                case (byte)'i' when TryGetValue(line, "id"u8, ref valueStart, out var value):
                    if (value.Contains((byte)0))
                        break;
                    idStart = valueStart;
                    idLength = value.Length;
                    break;
                case (byte)'e' when TryGetValue(line, "event"u8, ref valueStart, out var value):
                    typeStart = valueStart;
                    typeLength = value.Length;
                    break;
                case (byte)'r' when TryGetValue(line, "retry"u8, ref valueStart, out var value):
                    SetReconnectionTime(value);
                    break;
                case (byte)':' when _readComments:
                    item = new(this, EventStreamItemKind.Comment, default, WithoutLeadingSpace(line[1..]));
                    goto Leave;
            }
        }

        searched = input.Length;

    Leave:
        // What has been passed over goes; the rest stays from the first field on.
        var first = lineStart;
        if (typeLength > 0)
            first = Math.Min(first, typeStart);
        if (idLength > 0)
            first = Math.Min(first, idStart);
        if (dataLength > 0 && !isJoined)
            first = Math.Min(first, dataStart);
        _inBlock = first < input.Length || idLength >= 0 || dataLength >= 0 || typeLength > 0;
        if (_inBlock)
        {
            _lineStart = lineStart - first;
            _searched = searched - first;
            _typeStart = Math.Max(typeStart - first, 0);
            _typeLength = typeLength;
            _idStart = Math.Max(idStart - first, 0);
            _idLength = idLength;
            _dataStart = Math.Max(dataStart - first, 0);
            _dataLength = dataLength;
            _isJoined = isJoined;
        }

        input = input[first..];
        return item.Kind == EventStreamItemKind.Comment;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int IndexOfLineEnd(ReadOnlySpan<byte> input, int searched)
    {
        var rest = input[searched..];
        // A fair part of all lines is blank: those need no search.
        if (rest is [(byte)'\n', ..])
            return searched;
        var end = rest.IndexOfAny((byte)'\r', (byte)'\n');
        return end < 0 ? end : end + searched;
    }

    /// <summary>The value of a line if its name is this one: all before the first colon, or the whole line without a colon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryGetValue(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, ref int start, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!line.StartsWith(name))
            return false;
        if (line.Length == name.Length)
            return true;
        if (line[name.Length] != (byte)':')
            return false;
        var before = name.Length + (line.Length > name.Length + 1 && line[name.Length + 1] == (byte)' ' ? 2 : 1);
        start += before;
        value = line[before..];
        return true;
    }

    private static ReadOnlySpan<byte> WithoutLeadingSpace(ReadOnlySpan<byte> value) => value is [(byte)' ', .. var rest] ? rest : value;

    /// <summary>Passes the line end at <paramref name="end"/>. A CR that is the last byte may be half of a CRLF: that is remembered.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int PassLineEnd(ReadOnlySpan<byte> input, int end)
    {
        var next = end + 1;
        if (input[end] == (byte)'\r')
        {
            if (next == input.Length)
                _skipLineFeed = true;
            else if (input[next] == (byte)'\n')
                next++;
        }

        return next;
    }

    /// <summary>Passes a byte order mark.</summary>
    /// <returns>Whether it is clear that there is one, or none.</returns>
    private bool TryStart(ref ReadOnlySpan<byte> input)
    {
        if (_failed)
            ThrowTooLarge();
        var bom = Encoding.UTF8.Preamble;
        if (input.StartsWith(bom))
            input = input[bom.Length..];
        else if (bom.StartsWith(input))
            return false;
        _atStart = false;
        return true;
    }

    private void BeginJoin(ReadOnlySpan<byte> firstLine)
    {
        _joined.Clear();
        _joined.Append(firstLine);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        MakeRoom(bytes.Length);
        bytes.CopyTo(_written.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Whether there is plenty, which is so between most reads of small events.</summary>
    private bool HasRoom(int sizeHint) => sizeHint == 0 && _written.Length - _end >= Math.Max(_written.Length / 4, 1);

    /// <summary>Makes room behind what is still to be read, or has to come again.</summary>
    private void MakeRoom(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        var room = Math.Max(sizeHint, 1);
        var left = _end - _read;
        if (left == 0)
            _read = _end = 0;
        var free = _written.Length - _end;
        // Too little room makes for small reads, but to move much for little more is no better.
        if (free >= room && (free >= _written.Length / 4 || left >= _written.Length / 2))
            return;

        if ((long)left + room <= _written.Length)
        {
            _written.AsSpan(_read, left).CopyTo(_written);
            _read = 0;
            _end = left;
            return;
        }

        // Without what has been passed over between the fields: a block can go on for ever with comments.
        var kept = _inBlock && left > 0 ? _typeLength + Math.Max(_idLength, 0) + (_isJoined ? 0 : Math.Max(_dataLength, 0)) + left - _lineStart : left;
        var size = Math.Max(SmallestArray, kept + (long)Math.Max(room, kept));
        var target = ArrayPool<byte>.Shared.Rent((int)Math.Max(Math.Min(size, Array.MaxLength), checked(kept + room)));
        CopyTo(target);
        if (_written.Length > 0)
            ArrayPool<byte>.Shared.Return(_written);
        _written = target;
        _read = 0;
        _end = kept;
        _hasGrown |= target.Length > LargestArrayKept;
    }

    private void CopyTo(Span<byte> target)
    {
        ReadOnlySpan<byte> left = _written.AsSpan(_read, _end - _read);
        if (!_inBlock || left.IsEmpty)
        {
            left.CopyTo(target);
            return;
        }

        var at = 0;
        Move(left, target, ref _typeStart, _typeLength, ref at);
        Move(left, target, ref _idStart, _idLength, ref at);
        if (!_isJoined)
            Move(left, target, ref _dataStart, _dataLength, ref at);
        _searched -= _lineStart - at;
        Move(left, target, ref _lineStart, left.Length - _lineStart, ref at);

        static void Move(ReadOnlySpan<byte> source, Span<byte> target, ref int start, int length, ref int at)
        {
            if (length > 0)
                source.Slice(start, length).CopyTo(target[at..]);
            start = at;
            at += Math.Max(length, 0);
        }
    }

    /// <summary>Gives large arrays back that are no longer needed: one large block is not to cost an idle stream its memory for ever.</summary>
    private void ReleaseArrays()
    {
        _hasGrown = false;
        if (_inBlock && _isJoined)
            _hasGrown = true;
        else
            _joined.Release();
        if (_written.Length <= LargestArrayKept)
            return;
        if (_read != _end)
        {
            _hasGrown = true;
            return;
        }

        ArrayPool<byte>.Shared.Return(_written);
        _written = [];
        _read = _end = 0;
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
