using System.Globalization;
using System.Numerics;
using System.Text;

namespace Curlew.Protocol.Tests;

/// <summary>
/// The algorithm of the HTML standard as it stands there, on the whole stream as text: slow, simple, and independent of the real parser.
/// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
/// </summary>
public sealed class ReferenceParser
{
    public List<StreamRecord> Records { get; } = [];

    public string LastEventId { get; private set; } = "";

    public BigInteger? RetryMilliseconds { get; private set; }

    /// <summary>Reads one connection from its first byte to its last. The buffer of the last event id begins with the last event id.</summary>
    public ReferenceParser Read(byte[] stream)
    {
        var text = Encoding.UTF8.GetString(stream);
        if (text.StartsWith('\uFEFF'))
            text = text[1..];

        var (data, type, idBuffer, sawId) = ("", "", LastEventId, false);
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');
        // What follows the last line end is no line.
        foreach (var line in lines.SkipLast(1))
        {
            if (line.Length == 0)
            {
                LastEventId = idBuffer;
                if (data.Length > 0)
                    Records.Add(new(EventStreamItemKind.Event, type.Length == 0 ? "message" : type, data[..^1], LastEventId));
                else if (sawId)
                    Records.Add(new(EventStreamItemKind.Id, "", "", LastEventId));
                (data, type, sawId) = ("", "", false);
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var name = colon < 0 ? line : line[..colon];
            var value = colon < 0 ? "" : line[(colon + 1)..];
            if (value.StartsWith(' '))
                value = value[1..];
            if (colon == 0)
            {
                Records.Add(new(EventStreamItemKind.Comment, "", value, LastEventId));
                continue;
            }

            switch (name)
            {
                case "event":
                    type = value;
                    break;
                case "data":
                    data += value + "\n";
                    break;
                case "id" when !value.Contains('\0', StringComparison.Ordinal):
                    (idBuffer, sawId) = (value, true);
                    break;
                case "retry" when value.Length > 0 && value.All(char.IsAsciiDigit):
                    RetryMilliseconds = BigInteger.Parse(value, CultureInfo.InvariantCulture);
                    break;
            }
        }

        return this;
    }
}
