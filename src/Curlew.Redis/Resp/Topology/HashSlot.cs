using System.Text;

namespace Curlew.Redis.Resp;

/// <summary>Which of a cluster's 16,384 slots a key lies in: CRC16 (XMODEM) of the key, or of its hash tag.</summary>
/// <seealso href="https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/"/>
internal static class HashSlot
{
    public const int Count = 16384;

    private static readonly ushort[] Table = [.. Enumerable.Range(0, 256).Select(Remainder)];

    /// <summary>The slot of a key: what stands between the first <c>{</c> and the next <c>}</c> decides alone, unless it is empty.</summary>
    public static int Of(string key)
    {
        var open = key.IndexOf('{', StringComparison.Ordinal);
        var close = open < 0 ? -1 : key.IndexOf('}', open + 1);
        var tag = close > open + 1 ? key.AsSpan(open + 1, close - open - 1) : key;
        Span<byte> bytes = tag.Length <= 128 ? stackalloc byte[512] : new byte[Encoding.UTF8.GetMaxByteCount(tag.Length)];
        bytes = bytes[..Encoding.UTF8.GetBytes(tag, bytes)];
        ushort crc = 0;
        foreach (var b in bytes)
            crc = (ushort)((crc << 8) ^ Table[(crc >> 8) ^ b]);
        return crc % Count;
    }

    private static ushort Remainder(int index)
    {
        var crc = index << 8;
        for (var bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
        return (ushort)crc;
    }
}
