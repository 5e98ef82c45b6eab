using System.Globalization;
using System.Text.RegularExpressions;

namespace SecurityDashboard.Normalising;

/// <summary>
/// The head of a line of syslog: <c>Dec 10 09:11:45 host sshd[24456]: message</c>, as RFC 3164 has it, or with an ISO 8601 time, as rsyslog writes it by default
/// on newer systems.
/// </summary>
internal static class SyslogFormat
{
    // Far beyond what a daemon counts before it writes; a larger number is not believed.
    private const int MaxRepeats = 10_000;

    private static readonly Regex Head = new(
        @"^(<\d{1,3}>)?((?<short>[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2})|(?<iso>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,7})?\d*(Z|[+-]\d{2}:\d{2}))) (?<host>\S+) (?<program>[^\s:\[]+)(\[\d+\])?: ?(?<message>.*)$",
        LinePattern.Options,
        Regex.InfiniteMatchTimeout);

    private static readonly Regex Repeated = new(@"^message repeated (?<times>\d{1,9}) times: \[ ?(?<message>.*)\]$", LinePattern.Options, Regex.InfiniteMatchTimeout);

    public static LogRecord? Read(LogRecord record, DateTimeOffset now, TimeZoneInfo zone)
    {
        var head = Head.Match(record.Raw);
        if (!head.Success || Time(head, now, zone) is not { } time)
            return null;
        var message = head.Groups["message"].Value;
        var count = 1;
        if (Repeated.Match(message) is { Success: true } repeated)
        {
            message = repeated.Groups["message"].Value;
            count = Math.Clamp(int.Parse(repeated.Groups["times"].ValueSpan, CultureInfo.InvariantCulture), 1, MaxRepeats);
        }

        var program = head.Groups["program"].Value;
        return SyslogMessages.Apply(record with
        {
            Time = time,
            Host = head.Groups["host"].Value,
            // OpenSSH 9.8 and later log each session under a program of its own.
            Program = program is "sshd-session" or "sshd-auth" ? "sshd" : program,
            Message = message,
            Count = count,
        });
    }

    private static DateTimeOffset? Time(Match head, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (LinePattern.Text(head, "iso") is { } iso)
            return DateTimeOffset.TryParse(iso, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

        // The line tells neither year nor zone: it is the newest such date that is not still to come, by the clock of this machine. A day is allowed for
        // machines in other zones; eight years are as far apart as two 29ths of February can be.
        var local = TimeZoneInfo.ConvertTime(now, zone);
        for (var year = local.Year + 1; year > local.Year - 9; year--)
        {
            if (!DateTime.TryParseExact($"{year:0000} {head.Groups["short"].Value}", "yyyy MMM d HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AllowInnerWhite, out var date))
                continue;
            var candidate = new DateTimeOffset(date, zone.GetUtcOffset(date));
            if (candidate <= now.AddDays(1))
                return candidate;
        }

        return null;
    }
}
