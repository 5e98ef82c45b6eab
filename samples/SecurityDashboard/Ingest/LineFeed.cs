namespace SecurityDashboard.Ingest;

/// <summary>Feeds lines to the pipeline for a source that cannot be asked to send them again: it waits where the log takes nothing.</summary>
internal sealed class LineFeed(LogPipeline pipeline, IngestStatistics statistics, TimeProvider time, ILogger<LineFeed> logger)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>Feeds the lines that are complete.</summary>
    public Task FeedAsync(string source, LineAssembler assembler, CancellationToken cancellationToken)
    {
        var (lines, truncated) = assembler.Take();
        statistics.CountTruncated(truncated);
        return FeedAsync(source, Environment.MachineName, lines, cancellationToken);
    }

    public async Task FeedAsync(string source, string? host, IReadOnlyList<string> lines, CancellationToken cancellationToken)
    {
        // The key stays the same for every attempt, so that none publishes what another has published.
        var key = Guid.CreateVersion7().ToString("N");
        while (true)
        {
            try
            {
                await pipeline.IngestAsync(source, host, lines, key, cancellationToken);
                return;
            }
            catch (EventLogUnavailableException e)
            {
                Messages.LinesWait(logger, lines.Count, source, e);
                await Task.Delay(RetryDelay, time, cancellationToken);
            }
        }
    }
}
