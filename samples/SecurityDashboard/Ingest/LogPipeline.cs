using SecurityDashboard.Classification;
using SecurityDashboard.Normalising;
using EventId = Curlew.Protocol.EventId;

namespace SecurityDashboard.Ingest;

/// <summary>The way of a line: normalised, classified, published to the hub <c>logs</c>, and then given to the stages that work on what is in the log.</summary>
internal sealed class LogPipeline(
    LogNormaliser normaliser, SeverityClassifier classifier, IEventPublisher events, IEnumerable<IRecordSink> sinks, IngestStatistics statistics) : IDisposable
{
    public const string Hub = "logs";
    private const string Topic = "logs";
    public const string EventType = "log";

    // A batch is one event of the log's order, so it stays small enough that nobody waits for it.
    private const int MaxBatchLines = 500;
    private const int MaxBatchCharacters = 128 * 1024;

    private readonly IEventPublisher _hub = events.Hub(Hub);
    private readonly IRecordSink[] _sinks = [.. sinks];
    // The stages see the records in the order of the log.
    private readonly SemaphoreSlim _order = new(1);
    private EventId _newest;

    /// <summary>Takes lines. When it returns, they are in the log and every stage has seen them.</summary>
    /// <param name="source">Where they come from.</param>
    /// <param name="host">The host, for formats whose lines do not tell it.</param>
    /// <param name="lines">The lines.</param>
    /// <param name="key">Names the call: one that is repeated with the same lines changes nothing.</param>
    /// <param name="cancellationToken">Gives up. Some of the lines may be in the log.</param>
    /// <returns>How many of the lines were in no known format.</returns>
    /// <exception cref="EventLogUnavailableException">The log takes no events now. The call can be repeated with its key.</exception>
    public async Task<int> IngestAsync(string source, string? host, IReadOnlyList<string> lines, string key, CancellationToken cancellationToken)
    {
        var malformed = 0;
        for (int first = 0, next; first < lines.Count; first = next)
        {
            next = EndOfBatch(lines, first);
            var records = new LogRecord[next - first];
            for (var i = 0; i < records.Length; i++)
                records[i] = classifier.Classify(normaliser.Normalise(new($"{key}/{first + i}", source, host, lines[first + i])));
            malformed += records.Count(static record => record.IsMalformed);
            await PublishAsync(records, $"{key}/{first}", cancellationToken);
        }

        return malformed;
    }

    public void Dispose() => _order.Dispose();

    private async Task PublishAsync(LogRecord[] records, string key, CancellationToken cancellationToken)
    {
        var batch = Array.ConvertAll(records, static record => NewEvent.FromJson([Topic], record, DashboardJson.Default.LogRecord, EventType));
        await _order.WaitAsync(cancellationToken);
        try
        {
            var id = await _hub.PublishAsync(batch, key, cancellationToken);
            foreach (var sink in _sinks)
                sink.Accept(records);
            // Of a repeated call the log answers the first one's id, and ids only grow.
            if (id > _newest)
                statistics.Count(records);
            _newest = id > _newest ? id : _newest;
        }
        finally
        {
            _order.Release();
        }
    }

    private static int EndOfBatch(IReadOnlyList<string> lines, int first)
    {
        var characters = 0;
        var end = first;
        while (end < lines.Count && end - first < MaxBatchLines && (end == first || characters + lines[end].Length <= MaxBatchCharacters))
            characters += lines[end++].Length;
        return end;
    }
}
