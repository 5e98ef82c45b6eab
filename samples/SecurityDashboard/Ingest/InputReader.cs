namespace SecurityDashboard.Ingest;

/// <summary>Reads lines of standard input, to its end; the dashboard stays.</summary>
internal sealed class InputReader(LineFeed feed, ILogger<InputReader> logger) : BackgroundService
{
    private const string Source = "stdin";
    private const int ChunkBytes = 64 * 1024;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var input = Console.OpenStandardInput();
        var chunk = new byte[ChunkBytes];
        var lines = new LineAssembler();
        long count = 0;
        try
        {
            int read;
            do
            {
                // A read of a terminal or a pipe cannot be cancelled, only left alone.
                read = await Task.Run(() => input.Read(chunk), CancellationToken.None).WaitAsync(stoppingToken);
                lines.Append(chunk.AsSpan(0, read));
                if (read == 0)
                    lines.EndLine();
                count += lines.Count;
                await feed.FeedAsync(Source, lines, stoppingToken);
            }
            while (read > 0);
            Messages.InputEnded(logger, count);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application stops.
        }
    }
}
