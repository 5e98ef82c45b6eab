using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Curlew.Protocol;

/// <summary>
/// The id of an event in a log, and a position between events: <c>&lt;unix milliseconds&gt;-&lt;sequence&gt;</c>,
/// as Redis Streams write it. Ids sort by time; the order is that of the log.
/// </summary>
/// <remarks>
/// Parsing is strict: two unsigned 64-bit decimal numbers joined by one hyphen, no sign, no spaces, no leading zeros.
/// So every id has one spelling, and two ids are equal exactly where their texts are.
/// </remarks>
/// <param name="milliseconds">The time part: milliseconds since 1970-01-01T00:00:00Z where the log's ids are times.</param>
/// <param name="sequence">The number of the event within its millisecond, from 0.</param>
public readonly struct EventId(ulong milliseconds, ulong sequence)
    : IEquatable<EventId>, IComparable<EventId>, ISpanParsable<EventId>, IUtf8SpanParsable<EventId>, ISpanFormattable, IUtf8SpanFormattable
{
    /// <summary>The longest text of an id: two numbers of 20 digits and a hyphen.</summary>
    public const int MaxLength = 41;

    /// <summary>The position below every event: <c>0-0</c>.</summary>
    public static EventId Zero => default;

    /// <summary>The position above every event.</summary>
    public static EventId MaxValue => new(ulong.MaxValue, ulong.MaxValue);

    /// <summary>The time part.</summary>
    public ulong Milliseconds { get; } = milliseconds;

    /// <summary>The sequence part.</summary>
    public ulong Sequence { get; } = sequence;

    /// <summary>The position just below this one; <see cref="Zero"/> stays where it is.</summary>
    public EventId Previous =>
        Sequence > 0 ? new(Milliseconds, Sequence - 1)
        : Milliseconds > 0 ? new(Milliseconds - 1, ulong.MaxValue)
        : Zero;

    /// <summary>The position just above this one; <see cref="MaxValue"/> stays where it is.</summary>
    public EventId Next =>
        Sequence < ulong.MaxValue ? new(Milliseconds, Sequence + 1)
        : Milliseconds < ulong.MaxValue ? new(Milliseconds + 1, 0)
        : MaxValue;

    /// <summary>The position just below every event of <paramref name="time"/> and later.</summary>
    /// <param name="time">A point in time; one before 1970 counts as 1970.</param>
    /// <returns>The position after which events of that millisecond begin.</returns>
    public static EventId Before(DateTimeOffset time) => new EventId((ulong)Math.Max(0, time.ToUnixTimeMilliseconds()), 0).Previous;

    /// <summary>Reads an id.</summary>
    /// <param name="text">The whole text of the id.</param>
    /// <param name="id">The id, or <see cref="Zero"/>.</param>
    /// <returns>Whether the text is an id in its only spelling.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out EventId id)
    {
        id = default;
        if (text.Length > MaxLength)
            return false;
        var hyphen = text.IndexOf((byte)'-');
        if (hyphen < 0 || !TryParseNumber(text[..hyphen], out var milliseconds) || !TryParseNumber(text[(hyphen + 1)..], out var sequence))
            return false;
        id = new(milliseconds, sequence);
        return true;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out EventId)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out EventId id)
    {
        id = default;
        Span<byte> bytes = stackalloc byte[MaxLength];
        return Ascii.FromUtf16(text, bytes, out var written) == System.Buffers.OperationStatus.Done && TryParse(bytes[..written], out id);
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out EventId)"/>
    public static bool TryParse([NotNullWhen(true)] string? text, out EventId id) => TryParse(text.AsSpan(), out id);

    /// <summary>Reads an id.</summary>
    /// <param name="text">The whole text of the id.</param>
    /// <returns>The id.</returns>
    /// <exception cref="FormatException">The text is not an id.</exception>
    public static EventId Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text.AsSpan(), out var id) ? id : throw NotAnId();
    }

    /// <summary>Writes the id as UTF-8.</summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes always suffice.</param>
    /// <param name="written">The number of bytes written.</param>
    /// <returns>Whether the destination was long enough.</returns>
    public bool TryFormat(Span<byte> destination, out int written)
    {
        written = 0;
        if (!Utf8Formatter.TryFormat(Milliseconds, destination, out var first) || first == destination.Length)
            return false;
        destination[first] = (byte)'-';
        if (!Utf8Formatter.TryFormat(Sequence, destination[(first + 1)..], out var second))
            return false;
        written = first + 1 + second;
        return true;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> text = stackalloc byte[MaxLength];
        TryFormat(text, out var written);
        return Encoding.ASCII.GetString(text[..written]);
    }

    /// <inheritdoc/>
    public bool Equals(EventId other) => Milliseconds == other.Milliseconds && Sequence == other.Sequence;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is EventId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Milliseconds, Sequence);

    /// <inheritdoc/>
    public int CompareTo(EventId other)
    {
        var order = Milliseconds.CompareTo(other.Milliseconds);
        return order != 0 ? order : Sequence.CompareTo(other.Sequence);
    }

    /// <summary>Whether both are the same position.</summary>
    public static bool operator ==(EventId left, EventId right) => left.Equals(right);

    /// <summary>Whether they are different positions.</summary>
    public static bool operator !=(EventId left, EventId right) => !left.Equals(right);

    /// <summary>Whether the left one comes first.</summary>
    public static bool operator <(EventId left, EventId right) => left.CompareTo(right) < 0;

    /// <summary>Whether the right one comes first.</summary>
    public static bool operator >(EventId left, EventId right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left one does not come after the right one.</summary>
    public static bool operator <=(EventId left, EventId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the right one does not come after the left one.</summary>
    public static bool operator >=(EventId left, EventId right) => left.CompareTo(right) >= 0;

    static EventId IParsable<EventId>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<EventId>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out EventId result) =>
        TryParse(s, out result);

    static EventId ISpanParsable<EventId>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) =>
        TryParse(s, out var id) ? id : throw NotAnId();

    static bool ISpanParsable<EventId>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out EventId result) => TryParse(s, out result);

    static EventId IUtf8SpanParsable<EventId>.Parse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider) =>
        TryParse(utf8Text, out var id) ? id : throw NotAnId();

    static bool IUtf8SpanParsable<EventId>.TryParse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider, out EventId result) =>
        TryParse(utf8Text, out result);

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        destination.TryWrite(CultureInfo.InvariantCulture, $"{Milliseconds}-{Sequence}", out charsWritten);

    bool IUtf8SpanFormattable.TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(utf8Destination, out bytesWritten);

    private static bool TryParseNumber(ReadOnlySpan<byte> digits, out ulong value)
    {
        // Utf8Parser takes a sign and leading zeros; an id has neither.
        value = 0;
        if (digits.IsEmpty || !char.IsAsciiDigit((char)digits[0]) || (digits.Length > 1 && digits[0] == (byte)'0'))
            return false;
        return Utf8Parser.TryParse(digits, out value, out var consumed) && consumed == digits.Length;
    }

    private static FormatException NotAnId() => new("An event id is two numbers joined by a hyphen, such as 1767225600000-0.");
}
