namespace SecurityDashboard.Ingest;

/// <summary>Follows the files that the settings name.</summary>
internal sealed class FileFollower(DashboardSettings settings, LineFeed feed, TimeProvider time, ILogger<FileFollower> logger) : BackgroundService
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(settings.Files.Select(file => FollowAsync(file, stoppingToken)));

    private async Task FollowAsync(string file, CancellationToken cancellationToken)
    {
        Messages.FileFollowed(logger, file);
        using var tail = new FileTail(file, settings.FromStart);
        using var timer = new PeriodicTimer(PollInterval, time);
        var source = Path.GetFileName(file);
        var lines = new LineAssembler();
        var isReadable = true;
        try
        {
            do
            {
                try
                {
                    while (tail.Read(lines))
                        await feed.FeedAsync(source, lines, cancellationToken);
                    isReadable = true;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // Said once, not four times a second.
                    if (isReadable)
                        Messages.FileUnreadable(logger, file, e);
                    isReadable = false;
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The application stops.
        }
    }
}
