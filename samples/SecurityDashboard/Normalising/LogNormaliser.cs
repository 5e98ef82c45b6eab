namespace SecurityDashboard.Normalising;

/// <summary>Makes records of lines. Any line becomes one: what is in no known format keeps its text and is marked as malformed. Thread-safe.</summary>
internal sealed class LogNormaliser(TimeProvider time)
{
    // Rules keep what fields hold. Whoever writes into a log chooses how long a name is.
    private const int MaxFieldLength = 256;

    // A clock that is a little fast is no reason to doubt a line; a time further ahead would push what happens now out of the rules' windows.
    private static readonly TimeSpan ToleratedLead = TimeSpan.FromMinutes(5);

    public LogRecord Normalise(LogLine line)
    {
        var now = time.GetUtcNow();
        var bare = new LogRecord { Id = line.Id, Time = now, Source = line.Source, Host = line.Host, Message = line.Text, Raw = line.Text };
        var record = SyslogFormat.Read(bare, now, time.LocalTimeZone) ?? WebFormat.Read(bare, time.LocalTimeZone) ?? bare with { IsMalformed = true };
        return record with
        {
            Time = record.Time > now + ToleratedLead ? now : record.Time.ToUniversalTime(),
            Host = record.Host?.Limit(MaxFieldLength),
            Program = record.Program?.Limit(MaxFieldLength),
            User = record.User?.Limit(MaxFieldLength),
            Target = record.Target?.Limit(MaxFieldLength),
        };
    }
}
