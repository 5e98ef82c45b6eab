using System.Buffers;

namespace Curlew.Hub.Publishing;

/// <summary>Consecutive lines, encoded as the body of one request. Filled by one, then read by another; not thread-safe.</summary>
/// <param name="firstLine">The number of its first line in the input, from 1.</param>
internal sealed class LineBatch(long firstLine)
{
    private readonly ArrayBufferWriter<byte> _content = new();
    private readonly List<int> _ends = [];

    public long FirstLine => firstLine;

    public int Count => _ends.Count;

    public int Bytes => _content.WrittenCount;

    public void Add(in ReadOnlySequence<byte> line, LineEncoder encoder)
    {
        encoder.Write(line, _content);
        _ends.Add(_content.WrittenCount);
    }

    /// <summary>The body that publishes some of the lines.</summary>
    /// <param name="start">The index in this batch of the first of them.</param>
    /// <param name="count">How many.</param>
    public ReadOnlyMemory<byte> Slice(int start, int count)
    {
        var from = start == 0 ? 0 : _ends[start - 1];
        return _content.WrittenMemory[from.._ends[start + count - 1]];
    }
}
