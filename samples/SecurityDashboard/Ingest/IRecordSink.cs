using SecurityDashboard.Normalising;

namespace SecurityDashboard.Ingest;

/// <summary>
/// A stage that works on records that are in the log. It gets them in the order of the log, one call at a time, and at least once: records that come again
/// have the same ids and must change nothing.
/// </summary>
internal interface IRecordSink
{
    void Accept(IReadOnlyList<LogRecord> records);
}
