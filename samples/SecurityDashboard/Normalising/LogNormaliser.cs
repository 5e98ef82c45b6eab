namespace SecurityDashboard.Normalising;

/// <summary>Makes records of lines. Any line becomes one: what is in no known format keeps its text and is marked as malformed. Thread-safe.</summary>
internal sealed class LogNormaliser(TimeProvider time)
{
    // A clock that is a little fast is no reason to doubt a line; a time further ahead would push what happens now out of the rules' windows.
    private static readonly TimeSpan ToleratedLead = TimeSpan.FromMinutes(5);

    // Rules keep what fields hold. Whoever writes into a log chooses how long a name is.
    private const int MaxFieldLength = 256;

    public LogRecord Normalise(LogLine line)
    {
        var now = time.GetUtcNow();
        var bare = new LogRecord { Id = line.Id, Time = now, Source = line.Source, Host = line.Host, Message = line.Text, Raw = line.Text };
        var record = SyslogFormat.Read(bare, now, time.LocalTimeZone) ?? WebFormat.Read(bare, time.LocalTimeZone) ?? bare with { IsMalformed = true };
        return record with
        {
            Time = record.Time > now + ToleratedLead ? now : record.Time.ToUniversalTime(),
            Host = Bounded(record.Host),
            Program = Bounded(record.Program),
            User = Bounded(record.User),
            Target = Bounded(record.Target),
        };
    }

    private static string? Bounded(string? text) => text?.Length > MaxFieldLength ? text[..MaxFieldLength] : text;
}
