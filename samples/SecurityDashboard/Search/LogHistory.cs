using SecurityDashboard.Ingest;
using SecurityDashboard.Normalising;

namespace SecurityDashboard.Search;

/// <summary>The newest records, as many as the hub <c>logs</c> retains, to be searched. Thread-safe.</summary>
internal sealed class LogHistory(int capacity) : IRecordSink
{
    // Guards what follows.
    private readonly Lock _gate = new();
    private readonly Queue<LogRecord> _records = new();
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    public void Accept(IReadOnlyList<LogRecord> records)
    {
        lock (_gate)
        {
            foreach (var record in records)
            {
                if (!_ids.Add(record.Id))
                    continue;
                _records.Enqueue(record);
                if (_records.Count > capacity)
                    _ids.Remove(_records.Dequeue().Id);
            }
        }
    }

    /// <summary>Finds the newest records that match, newest first.</summary>
    public Found Search(LogQuery query, int limit)
    {
        LogRecord[] records;
        // Copied, so that what comes in does not wait for a search.
        lock (_gate)
            records = [.. _records];
        List<LogRecord> found = [];
        var matches = 0;
        for (var i = records.Length - 1; i >= 0; i--)
        {
            if (!query.Matches(records[i]))
                continue;
            matches++;
            if (found.Count < limit)
                found.Add(records[i]);
        }

        return new(records.Length, matches, found);
    }

    /// <param name="Searched">How many records were searched.</param>
    /// <param name="Matches">How many of them match.</param>
    /// <param name="Records">The newest that match, newest first.</param>
    internal sealed record Found(int Searched, int Matches, IReadOnlyList<LogRecord> Records);
}
