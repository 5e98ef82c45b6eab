using System.Text;

namespace Curlew.Protocol;

/// <summary>What one successful read of an <see cref="EventStreamParser"/> found.</summary>
/// <remarks>
/// Valid until the next call on the parser, and only as long as the input that was read: its bytes may lie in the input.
/// They are as the server sent them; where they are not well-formed UTF-8, the strings have U+FFFD in the place of what is wrong.
/// </remarks>
public readonly ref struct EventStreamItem
{
    private readonly EventStreamParser _parser;
    private readonly ReadOnlySpan<byte> _type;

    internal EventStreamItem(EventStreamParser parser, EventStreamItemKind kind, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        _parser = parser;
        _type = type;
        Kind = kind;
        DataUtf8 = data;
    }

    /// <summary>What the item is.</summary>
    public EventStreamItemKind Kind { get; }

    /// <summary>The type of an event, <c>message</c> where the block named none.</summary>
    public ReadOnlySpan<byte> TypeUtf8 => _type.IsEmpty ? "message"u8 : _type;

    /// <summary>The data of an event, its lines joined by LF; the text of a comment; empty for an id.</summary>
    public ReadOnlySpan<byte> DataUtf8 { get; }

    /// <summary>The type as text. The parser keeps a few short ASCII ones: a type that recurs is mostly the same string.</summary>
    public string Type => _parser.GetTypeText(TypeUtf8);

    /// <summary>The last event id of the stream at this item: the block's own, or the one that stood before it.</summary>
    public string LastEventId => _parser.LastEventId;

    /// <summary>Decodes the data.</summary>
    /// <returns>A new string at each call.</returns>
    public string GetData() => Encoding.UTF8.GetString(DataUtf8);
}
