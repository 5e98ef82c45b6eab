using EventId = Curlew.Protocol.EventId;

namespace SecurityDashboard.Sharing;

/// <summary>Follows a hub's log from its beginning, so that this process knows what all of them have published.</summary>
/// <param name="hub">The hub.</param>
/// <param name="logs">Opens its log.</param>
/// <param name="take">Takes an event, in the order of the log; one may come again.</param>
/// <param name="caughtUp">Is told whenever everything that the log held has been taken.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class HubFollower(
    string hub, IEventLogFactory logs, Action<Frame> take, Action caughtUp, TimeProvider time, ILogger<HubFollower> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var log = logs.Create(hub, new HubOptions());
        var position = EventId.Zero;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var page in log.TailAsync(position, stoppingToken))
                {
                    // A log that has lost events begins anew; what is known of them here stays.
                    if (page.IsReset)
                        position = page.Bounds.TrimmedThrough;
                    foreach (var frame in page.Frames)
                    {
                        take(frame);
                        position = frame.Id;
                    }

                    if (position >= page.Bounds.Newest || page.Bounds.Oldest is null)
                        caughtUp();
                }
            }
            catch (EventLogUnavailableException e)
            {
                Messages.HubNotFollowed(logger, hub, e);
                await Task.Delay(RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // The application stops.
            }
        }
    }
}
