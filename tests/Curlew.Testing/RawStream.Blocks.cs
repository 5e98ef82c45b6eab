using System.Buffers;
using System.Globalization;
using System.Text;

namespace Curlew.Testing;

/// <content>The lines of an event stream (WHATWG HTML, section 9.2.6), read in the plainest way.</content>
public sealed partial class RawStream
{
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);

    // The beginning of a line that the input has cut; null while there is none, so that an idle stream keeps no buffer.
    private ArrayBufferWriter<byte>? _cutLine;
    private bool _skipsLineFeed;
    private bool _isPastFirstLine;
    private string _lastEventIdBuffer = "";
    private string? _id;
    private string? _type;
    private string? _comment;
    private StringBuilder? _data;
    private int? _retry;

    private StreamBlock? TryTakeBlock()
    {
        for (var body = PeekBody(); !body.IsEmpty; body = PeekBody())
        {
            // A CR ends a line at once; a LF that follows it belongs to it, and may come much later.
            if (_skipsLineFeed)
            {
                _skipsLineFeed = false;
                if (body[0] == '\n')
                {
                    TakeBody(1);
                    continue;
                }
            }

            var end = body.IndexOfAny(LineEnds);
            if (end < 0)
            {
                (_cutLine ??= new()).Write(body);
                TakeBody(body.Length);
                continue;
            }

            _skipsLineFeed = body[end] == '\r';
            var line = TakeLine(body[..end]);
            TakeBody(end + 1);
            if (line.Length > 0)
                ReadLine(line);
            else if (EndBlock() is { } block)
                return block;
        }

        return null;
    }

    private string TakeLine(ReadOnlySpan<byte> rest)
    {
        string line;
        if (_cutLine is null)
        {
            line = Encoding.UTF8.GetString(rest);
        }
        else
        {
            _cutLine.Write(rest);
            line = Encoding.UTF8.GetString(_cutLine.WrittenSpan);
            _cutLine = null;
        }

        var hasMark = !_isPastFirstLine && line.StartsWith('\uFEFF');
        _isPastFirstLine = true;
        return hasMark ? line[1..] : line;
    }

    private void ReadLine(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? line : line[..colon];
        var value = colon < 0 ? "" : line[(colon + 1)..];
        if (value.StartsWith(' '))
            value = value[1..];
        switch (name)
        {
            case "":
                _comment = _comment is null ? value : $"{_comment}\n{value}";
                break;
            case "id" when !value.Contains('\0', StringComparison.Ordinal):
                _id = _lastEventIdBuffer = value;
                break;
            case "event":
                _type = value;
                break;
            case "data" when _data is null:
                _data = new StringBuilder(value);
                break;
            case "data":
                _data.Append('\n').Append(value);
                break;
            case "retry" when value.All(char.IsAsciiDigit) && int.TryParse(value, CultureInfo.InvariantCulture, out var retry):
                _retry = retry;
                break;
        }
    }

    private StreamBlock? EndBlock()
    {
        LastEventId = _lastEventIdBuffer;
        if (_id is null && _type is null && _data is null && _retry is null && _comment is null)
            return null;
        var block = new StreamBlock(_id, _type, _data?.ToString(), _retry, _comment, LastEventId, _received);
        (_id, _type, _data, _retry, _comment) = (null, null, null, null, null);
        Blocks++;
        return block;
    }
}
