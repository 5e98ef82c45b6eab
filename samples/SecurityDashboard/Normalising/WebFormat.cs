using System.Globalization;
using System.Text.RegularExpressions;

namespace SecurityDashboard.Normalising;

/// <summary>The "combined" format of web servers and proxies (the "common" one is its beginning), and Apache's error log.</summary>
internal static class WebFormat
{
    // In quotes a server writes a quote as \", so that no request and no user agent can end its field.
    private const string Quoted = @"([^""\\]|\\.)*";

    private static readonly Regex Access = new(
        @"^(?<address>\S+) \S+ (?<user>.+?) \[(?<time>\d{2}/[A-Za-z]{3}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\] ""(?<request>" + Quoted + @")"" (?<status>\d{3}) (?<bytes>\d{1,18}|-)( .*)?$",
        LinePattern.Options,
        Regex.InfiniteMatchTimeout);

    private static readonly Regex Request = new(@"^(?<method>[A-Z]{1,20}) (?<target>.*?)( HTTP/\d(\.\d)?)?$", LinePattern.Options, Regex.InfiniteMatchTimeout);

    private static readonly Regex Error = new(
        @"^\[(?<time>[A-Z][a-z]{2} [A-Z][a-z]{2} \d{2} \d{2}:\d{2}:\d{2})(\.\d{1,9})? (?<year>\d{4})\] \[([a-z0-9_]*:)?(?<level>[a-z0-9]+)\] (\[pid [^\]]*\] )?(\[client (?<address>[^\] ]+)\] )?(?<message>.*)$",
        LinePattern.Options,
        Regex.InfiniteMatchTimeout);

    public static LogRecord? Read(LogRecord record, TimeZoneInfo zone) => ReadAccess(record) ?? ReadError(record, zone);

    private static LogRecord? ReadAccess(LogRecord record)
    {
        var line = Access.Match(record.Raw);
        if (!line.Success
            || !DateTimeOffset.TryParseExact(line.Groups["time"].ValueSpan, "dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            return null;
        var status = int.Parse(line.Groups["status"].ValueSpan, CultureInfo.InvariantCulture);
        var text = line.Groups["request"].Value;
        var request = Request.Match(text);
        return record with
        {
            Time = time,
            Program = "web",
            Address = LinePattern.CanonicalAddress(line.Groups["address"].Value),
            User = line.Groups["user"].Value is var user and not ("-" or "\"\"") ? user : null,
            Action = "request",
            Outcome = status switch { 401 or 403 => "denied", >= 400 => "failure", _ => "success" },
            Method = LinePattern.Text(request, "method"),
            Target = LinePattern.Text(request, "target") ?? text,
            Status = status,
            Bytes = long.TryParse(line.Groups["bytes"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : null,
            Message = $"{text} {status}",
        };
    }

    private static LogRecord? ReadError(LogRecord record, TimeZoneInfo zone)
    {
        var line = Error.Match(record.Raw);
        if (!line.Success
            || !DateTime.TryParseExact($"{line.Groups["time"].Value} {line.Groups["year"].Value}", "ddd MMM dd HH:mm:ss yyyy", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            return null;
        return record with
        {
            Time = new DateTimeOffset(time, zone.GetUtcOffset(time)),
            Program = "web",
            Address = LinePattern.CanonicalAddress(WithoutPort(LinePattern.Text(line, "address"))),
            Action = "server-" + line.Groups["level"].Value,
            Message = line.Groups["message"].Value,
        };
    }

    // "192.0.2.1:5555" and "[2001:db8::1]:5555" or "2001:db8::1:5555", which nobody can tell from an address: it is left as it is.
    private static string? WithoutPort(string? text) =>
        text?.Split(':') is [var address, _] ? address : text;
}
