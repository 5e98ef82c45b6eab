using SecurityDashboard.Classification;
using SecurityDashboard.Normalising;

namespace SecurityDashboard.Ingest;

/// <summary>Counts what came in since the start. Thread-safe.</summary>
internal sealed class IngestStatistics
{
    // Sources are named by whoever posts lines.
    private const int MaxSources = 100;
    private const string OtherSources = "(others)";

    // Guards what follows.
    private readonly Lock _gate = new();
    private readonly long[] _bySeverity = new long[Enum.GetValues<Severity>().Length];
    private readonly SortedDictionary<string, long> _bySource = new(StringComparer.Ordinal);
    private long _lines;
    private long _malformed;
    private long _truncated;

    public void Count(IReadOnlyList<LogRecord> records)
    {
        lock (_gate)
        {
            foreach (var record in records)
            {
                _lines++;
                if (record.IsMalformed)
                    _malformed++;
                _bySeverity[(int)record.Severity]++;
                var source = _bySource.ContainsKey(record.Source) || _bySource.Count < MaxSources ? record.Source : OtherSources;
                _bySource[source] = _bySource.GetValueOrDefault(source) + 1;
            }
        }
    }

    public void CountTruncated(int lines)
    {
        lock (_gate)
            _truncated += lines;
    }

    public Snapshot Read()
    {
        lock (_gate)
        {
            return new(_lines, _malformed, _truncated,
                Enum.GetValues<Severity>().ToDictionary(static severity => severity.ToString().ToLowerInvariant(), severity => _bySeverity[(int)severity], StringComparer.Ordinal),
                new(_bySource, StringComparer.Ordinal));
        }
    }

    /// <param name="Lines">The lines received.</param>
    /// <param name="Malformed">Those of them that were in no known format.</param>
    /// <param name="Truncated">Those of them that were longer than a line may be.</param>
    /// <param name="Severities">The lines by severity.</param>
    /// <param name="Sources">The lines by source.</param>
    internal sealed record Snapshot(long Lines, long Malformed, long Truncated, Dictionary<string, long> Severities, SortedDictionary<string, long> Sources);
}
