using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Curlew.Protocol;

/// <summary>
/// Writes the event-stream format of the WHATWG HTML standard (section 9.2, Server-sent events), a field at a time.
/// </summary>
/// <remarks>
/// <para>A block is any number of fields and a blank line (<see cref="EndBlock"/>), which makes a client dispatch it.
/// The caller keeps the order; the customary one is <c>id</c>, <c>event</c>, <c>retry</c>, <c>data</c>.</para>
/// <para>No input can forge a line: <c>id</c> and <c>event</c> refuse CR, LF and NUL, data and comments are split at CR, LF and CRLF
/// into a field for each line. Text must be well-formed: a lone surrogate is refused, and bytes are expected to be UTF-8.</para>
/// <para>The type holds no state and may be used from any thread.</para>
/// </remarks>
public static class EventStreamEncoder
{
    private const int LongestLineInOneSpan = 2048;

    private static readonly SearchValues<byte> LineBreaks = SearchValues.Create("\r\n"u8);
    private static readonly SearchValues<char> ForbiddenInField = SearchValues.Create("\r\n\0");
    // Not IndexOfAnyInRange, which allocates at each call until the code has been optimised.
    private static readonly SearchValues<char> Surrogates = SearchValues.Create([.. Enumerable.Range('\uD800', 0x800).Select(static c => (char)c)]);
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes an <c>id:</c> line.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="id">The id.</param>
    public static void WriteId(IBufferWriter<byte> output, EventId id)
    {
        ArgumentNullException.ThrowIfNull(output);
        var span = output.GetSpan(4 + EventId.MaxLength + 1);
        "id: "u8.CopyTo(span);
        id.TryFormat(span[4..], out var written);
        span[4 + written] = (byte)'\n';
        output.Advance(4 + written + 1);
    }

    /// <summary>Writes an <c>id:</c> line. An empty id resets the client's last event id.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="id">Any text without CR, LF and NUL (a client ignores an id with NUL).</param>
    /// <exception cref="ArgumentException">The id has CR, LF, NUL or a lone surrogate.</exception>
    public static void WriteId(IBufferWriter<byte> output, ReadOnlySpan<char> id) => WriteField(output, "id: "u8, id, "id");

    /// <summary>Writes an <c>event:</c> line: the type that the client dispatches the event as.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="type">Any text without CR, LF and NUL; an empty one is the same as none, <c>message</c>.</param>
    /// <exception cref="ArgumentException">The type has CR, LF, NUL or a lone surrogate.</exception>
    public static void WriteType(IBufferWriter<byte> output, ReadOnlySpan<char> type) => WriteField(output, "event: "u8, type, "type");

    /// <summary>Writes a <c>retry:</c> line: how long a client waits before it reconnects.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="delay">Not negative; sent in whole milliseconds.</param>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative.</exception>
    public static void WriteRetry(IBufferWriter<byte> output, TimeSpan delay)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        var span = output.GetSpan(32);
        "retry: "u8.CopyTo(span);
        Utf8Formatter.TryFormat(delay.Ticks / TimeSpan.TicksPerMillisecond, span[7..], out var written);
        span[7 + written] = (byte)'\n';
        output.Advance(7 + written + 1);
    }

    /// <summary>Writes a <c>data:</c> line for each line of the data, of which there is at least one, however empty.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="utf8">Well-formed UTF-8. A client reads every line break (CR, LF, CRLF) back as LF.</param>
    public static void WriteData(IBufferWriter<byte> output, ReadOnlySpan<byte> utf8)
    {
        ArgumentNullException.ThrowIfNull(output);
        WriteLines(output, "data: "u8, utf8);
    }

    /// <summary>Writes a <c>data:</c> line for each line of the data, of which there is at least one, however empty.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="text">Well-formed text. A client reads every line break (CR, LF, CRLF) back as LF.</param>
    /// <exception cref="ArgumentException">The text has a lone surrogate.</exception>
    public static void WriteData(IBufferWriter<byte> output, ReadOnlySpan<char> text) => WriteLines(output, "data: "u8, text);

    /// <summary>Writes a comment, which no client dispatches, a line for each line of the text.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="text">Well-formed text, in any shape of line breaks.</param>
    /// <exception cref="ArgumentException">The text has a lone surrogate.</exception>
    public static void WriteComment(IBufferWriter<byte> output, ReadOnlySpan<char> text) => WriteLines(output, ": "u8, text);

    /// <summary>Writes the blank line that ends a block: the client commits its id and dispatches its event, if it has data.</summary>
    /// <param name="output">Where to write.</param>
    public static void EndBlock(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write("\n"u8);
    }

    /// <summary>Writes a block that holds nothing but an id: it dispatches no event, and moves the client's last event id.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="id">The position up to which the client has been served.</param>
    public static void WriteIdBlock(IBufferWriter<byte> output, EventId id)
    {
        WriteId(output, id);
        EndBlock(output);
    }

    /// <summary>Whether a text can stand as a type or an id: it has no CR, LF or NUL and no lone surrogate.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether the encoder takes it.</returns>
    public static bool IsValidField(ReadOnlySpan<char> text) => !text.ContainsAny(ForbiddenInField) && IsWellFormed(text);

    /// <summary>Whether a text is well-formed: every surrogate is one of a pair.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether it has a UTF-8 form.</returns>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        for (var at = text.IndexOfAny(Surrogates); at >= 0;)
        {
            if (at + 1 >= text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
                return false;
            text = text[(at + 2)..];
            at = text.IndexOfAny(Surrogates);
        }

        return true;
    }

    private static void WriteField(IBufferWriter<byte> output, ReadOnlySpan<byte> name, ReadOnlySpan<char> value, string field)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (value.ContainsAny(ForbiddenInField))
            throw new ArgumentException($"The {field} of an event cannot hold CR, LF or NUL.", field);
        var span = output.GetSpan(name.Length + StrictUtf8.GetMaxByteCount(value.Length) + 1);
        name.CopyTo(span);
        var written = name.Length + Encode(value, span[name.Length..], field);
        span[written] = (byte)'\n';
        output.Advance(written + 1);
    }

    private static void WriteLines(IBufferWriter<byte> output, ReadOnlySpan<byte> prefix, ReadOnlySpan<char> text)
    {
        ArgumentNullException.ThrowIfNull(output);
        // Encoded as a whole first: text that is refused half-way must not leave its first lines in the output.
        var bytes = ArrayPool<byte>.Shared.Rent(StrictUtf8.GetMaxByteCount(text.Length));
        try
        {
            var length = Encode(text, bytes, "text");
            WriteLines(output, prefix, bytes.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static void WriteLines(IBufferWriter<byte> output, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> utf8)
    {
        while (true)
        {
            var end = utf8.IndexOfAny(LineBreaks);
            WriteLine(output, prefix, end < 0 ? utf8 : utf8[..end]);
            if (end < 0)
                return;
            var isCrLf = utf8[end] == '\r' && end + 1 < utf8.Length && utf8[end + 1] == '\n';
            utf8 = utf8[(end + (isCrLf ? 2 : 1))..];
        }
    }

    private static void WriteLine(IBufferWriter<byte> output, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> line)
    {
        // A pipe has blocks of a few KiB, and makes a new array for a span longer than that: a long line goes in by pieces.
        if (line.Length > LongestLineInOneSpan)
        {
            output.Write(prefix);
            output.Write(line);
            output.Write("\n"u8);
            return;
        }

        var span = output.GetSpan(prefix.Length + line.Length + 1);
        prefix.CopyTo(span);
        line.CopyTo(span[prefix.Length..]);
        span[prefix.Length + line.Length] = (byte)'\n';
        output.Advance(prefix.Length + line.Length + 1);
    }

    private static int Encode(ReadOnlySpan<char> text, Span<byte> destination, string field)
    {
        try
        {
            return StrictUtf8.GetBytes(text, destination);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException($"The {field} of an event must be well-formed text: it has a lone surrogate.", field, e);
        }
    }
}
