using System.Buffers.Text;
using System.Text.Unicode;

namespace Curlew.Bench.Fanout.Load;

/// <summary>
/// What stands at the front of every event's data, the rest being filler: which phase it belongs to, which track and which number on that track, and when
/// it was to be published. A track is one publisher's events on one topic; its numbers have no holes.
/// </summary>
/// <param name="Phase">Whether it counts.</param>
/// <param name="Track">The track.</param>
/// <param name="Number">Its number on the track, from 0.</param>
/// <param name="Due">When it was to be published, on the clock that the receiver reads too.</param>
internal readonly record struct Stamp(Phase Phase, int Track, int Number, long Due)
{
    /// <summary>The length of a stamp, and the least length of an event's data.</summary>
    public const int Length = 38;

    private const byte Mark = (byte)'@';
    private const byte Filler = (byte)'.';

    /// <summary>Fills an event's data.</summary>
    /// <param name="data">The data; at least <see cref="Length"/> long.</param>
    public void Write(Span<byte> data)
    {
        if (!Utf8.TryWrite(data, $"@{(int)Phase}.{Track:x8}.{Number:x8}.{Due:x16}.", out _))
            throw new ArgumentException($"An event's data has at least {Length} bytes.", nameof(data));
        data[Length..].Fill((byte)'x');
    }

    /// <summary>Reads the stamp that data begins with; other data has none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, out Stamp stamp)
    {
        stamp = default;
        if (data.Length < Length || data[0] != Mark || data[2] != Filler || data[11] != Filler || data[20] != Filler || data[37] != Filler)
            return false;
        if (!TryReadHex(data[3..11], out var track) || !TryReadHex(data[12..20], out var number) || !TryReadHex(data[21..37], out var due))
            return false;
        stamp = new((Phase)(data[1] - '0'), (int)track, (int)number, due);
        return true;
    }

    private static bool TryReadHex(ReadOnlySpan<byte> text, out long value) => Utf8Parser.TryParse(text, out value, out var read, 'x') && read == text.Length;
}
