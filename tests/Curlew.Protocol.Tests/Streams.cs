using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Curlew.Protocol.Tests;

/// <summary>Generators of bytes that look enough like a stream to reach every branch, and of ways to cut them.</summary>
public static class Streams
{
    private static readonly string[] Pieces =
    [
        "data", "data:", "data: ", "data:  ", "id", "id:", "id: ", "event", "event:", "event: ", "retry:", "retry: ", "Data:", "data ", "dat", "ids:",
        ":", ": ", " ", "\t", "\0", "x", "ok", "0", "42", "2147483648", "99999999999999999999999", "\uFEFF", "é", "€", "\U0001F426", "\u2028", "\u0085",
    ];

    /// <summary>Any bytes, most of them in pieces of the format, with line ends of every kind after about half of them.</summary>
    public static Gen<byte[]> Bytes { get; } =
        Gen.Frequency(
            (10, Gen.Elements(Pieces).Select(Encoding.UTF8.GetBytes)),
            (4, Gen.Elements("\n", "\r", "\r\n").Select(Encoding.UTF8.GetBytes)),
            (4, Gen.Elements("\n\n", "\r\r", "\r\n\r\n", "\n\r", "\r\n\n").Select(Encoding.UTF8.GetBytes)),
            (3, Gen.Elements("\ndata:", "\nid:", "\nevent:", "\nretry:", "\n:", "\r\ndata: ", "\rdata").Select(Encoding.UTF8.GetBytes)),
            (1, Gen.Elements<byte[]>([0xEF], [0xEF, 0xBB], [0xBB, 0xBF], [0xE2, 0x82], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80])),
            (1, ArbMap.Default.GeneratorFor<byte>().Select(value => new[] { value })))
        .ListOf().Select(pieces => pieces.SelectMany(piece => piece).ToArray());

    /// <summary>Bytes and the places to cut them at, often with empty chunks and chunks of one byte.</summary>
    public static Gen<byte[][]> Chunks { get; } =
        from bytes in Bytes
        from begin in Gen.Elements<byte[]>([], [], [0xEF, 0xBB, 0xBF], [0xEF, 0xBB])
        from cuts in Gen.OneOf(
            Gen.Choose(0, bytes.Length + begin.Length).ListOf(),
            Gen.Constant(Enumerable.Range(0, bytes.Length + begin.Length).ToList()))
        select Cut([.. begin, .. bytes], cuts);

    /// <summary>Text that has a UTF-8 form, with line ends of every kind.</summary>
    public static Gen<string> Text { get; } =
        Gen.Frequency(
            (6, Gen.Elements("\r", "\n", "\r\n", "\0", " ", ":", "data: x", "id: 6", "\n\n", "\u2028", "\u2029", "\u0085", "\v", "\f", "\uFEFF")),
            (4, ArbMap.Default.GeneratorFor<char>().Where(c => !char.IsSurrogate(c)).Select(c => c.ToString())),
            (1, Gen.Elements("\U0001F426", "€", "\uFFFD", "\U0010FFFF")))
        .ListOf().Select(string.Concat);

    /// <summary>Text that can stand as a type or an id.</summary>
    public static Gen<string> Field { get; } =
        Text.Select(text => text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Replace("\0", "", StringComparison.Ordinal));

    public static byte[][] Cut(byte[] bytes, IEnumerable<int> cuts)
    {
        int[] ends = [0, .. cuts.Order(), bytes.Length];
        return [.. ends.Zip(ends.Skip(1), (from, to) => bytes[from..to])];
    }

    public static ReadOnlySequence<byte> AsSequence(byte[][] chunks)
    {
        var first = new Segment(chunks[0], null);
        var last = chunks.Skip(1).Aggregate(first, (before, chunk) => new Segment(chunk, before));
        return new(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] memory, Segment? before)
        {
            Memory = memory;
            if (before is null)
                return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
