using System.Buffers;
using System.Text;

namespace SecurityDashboard.Ingest;

/// <summary>
/// Makes lines of bytes that come in pieces. What a line is longer than <see cref="MaxLineBytes"/> is cut off, empty lines are left out, and what is no UTF-8
/// becomes U+FFFD. Not thread-safe.
/// </summary>
internal sealed class LineAssembler
{
    public const int MaxLineBytes = 8 * 1024;

    private readonly ArrayBufferWriter<byte> _line = new();
    private List<string> _lines = [];
    private bool _isCut;

    /// <summary>How many lines were cut since the last <see cref="Take"/>.</summary>
    public int Truncated { get; private set; }

    public int Count => _lines.Count;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        for (int end; (end = bytes.IndexOf((byte)'\n')) >= 0; bytes = bytes[(end + 1)..])
        {
            Extend(bytes[..end]);
            EndLine();
        }

        Extend(bytes);
    }

    /// <summary>Ends the line that has no end yet.</summary>
    public void EndLine()
    {
        var line = _line.WrittenSpan;
        if (!_isCut && line is [.., (byte)'\r'])
            line = line[..^1];
        if (!line.IsEmpty)
            _lines.Add(Encoding.UTF8.GetString(line));
        if (_isCut)
            Truncated++;
        _line.ResetWrittenCount();
        _isCut = false;
    }

    /// <summary>Hands over the lines that are complete.</summary>
    public (List<string> Lines, int Truncated) Take()
    {
        var taken = (_lines, Truncated);
        _lines = [];
        Truncated = 0;
        return taken;
    }

    private void Extend(ReadOnlySpan<byte> bytes)
    {
        var room = MaxLineBytes - _line.WrittenCount;
        // A carriage return alone is part of the line's end, not of what is too long.
        _isCut |= bytes.Length > room && !(bytes.Length == room + 1 && bytes[^1] == '\r');
        _line.Write(bytes.Length <= room ? bytes : bytes[..room]);
    }
}
