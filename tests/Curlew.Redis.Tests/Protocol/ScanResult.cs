using System.Buffers;
using System.Text;

namespace Curlew.Redis.Tests.Protocol;

/// <summary>All that a scanner makes of some bytes: the replies, and whether it refused what came after them.</summary>
internal sealed record ScanResult(IReadOnlyList<string> Replies, bool IsRefused)
{
    /// <summary>Feeds chunks as a connection does: what was not taken comes again, with the next chunk behind it.</summary>
    public static ScanResult Of(IEnumerable<byte[]> chunks, RespLimits? limits = null, Action<RespReply>? inspect = null)
    {
        var scanner = new RespScanner(limits ?? RespLimits.Default);
        var replies = new List<string>();
        byte[][] rest = [];
        try
        {
            foreach (var chunk in chunks)
            {
                var input = Sequence([.. rest, chunk]);
                while (scanner.TryRead(ref input, out var reply))
                {
                    using (reply)
                    {
                        replies.Add(Encoding.Latin1.GetString(reply.Bytes));
                        inspect?.Invoke(reply);
                    }
                }

                rest = [input.ToArray()];
            }

            return new(replies, IsRefused: false);
        }
        catch (RespProtocolException)
        {
            return new(replies, IsRefused: true);
        }
    }

    public static IEnumerable<byte[]> Chunk(byte[] bytes, IReadOnlyList<int> sizes)
    {
        for (var (at, i) = (0, 0); at < bytes.Length; i++)
        {
            var size = Math.Min(sizes.Count == 0 ? bytes.Length : sizes[i % sizes.Count], bytes.Length - at);
            yield return bytes[at..(at + size)];
            at += size;
        }
    }

    public bool Equals(ScanResult? other) => other is not null && IsRefused == other.IsRefused && Replies.SequenceEqual(other.Replies, StringComparer.Ordinal);

    public override int GetHashCode() => Replies.Count;

    public override string ToString() => $"{string.Join(" | ", Replies)}{(IsRefused ? " refused" : "")}";

    private static ReadOnlySequence<byte> Sequence(byte[][] parts)
    {
        Segment? first = null, last = null;
        foreach (var part in parts.Where(static part => part.Length > 0))
        {
            last = last is null ? first = new(part) : last.Append(part);
        }

        return first is null ? ReadOnlySequence<byte>.Empty : new(first, 0, last!, last!.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes) => Memory = bytes;

        public Segment Append(byte[] bytes)
        {
            var next = new Segment(bytes) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
