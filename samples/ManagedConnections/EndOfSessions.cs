/// <summary>Closes the streams whose sessions have ended: once a second for all of them, rather than with a timer for each.</summary>
sealed class EndOfSessions(IEventStreamConnections streams, Sessions sessions, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            streams.CloseWhere(stream => stream.User is { } user && !sessions.IsOpen(user), "the session has ended");
    }
}
