using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Curlew;

/// <summary>Starts the hubs before the application takes requests, keeps their retention, and flushes their outboxes when it stops.</summary>
internal sealed class HubService(HubRegistry hubs, TimeProvider time, ILoggerFactory loggers) : IHostedService, IDisposable
{
    /// <summary>How often retention by age is enforced.</summary>
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = loggers.CreateLogger("Curlew.Hub");
    private readonly CancellationTokenSource _stopping = new();
    private Task? _ticking;
    // Guards what follows: a host may be stopped by two, at the same time too, and also once it has been disposed.
    private readonly Lock _gate = new();
    private Task? _stopped;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(hubs.All.Select(hub => hub.StartAsync(cancellationToken))).ConfigureAwait(false);
        _ticking = TickAsync();
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return _stopped ??= StopOnceAsync(cancellationToken);
    }

    public void Dispose()
    {
        lock (_gate)
            _stopped ??= Task.CompletedTask;
        _stopping.Dispose();
    }

    private async Task StopOnceAsync(CancellationToken cancellationToken)
    {
        await hubs.FlushAsync(cancellationToken).ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_ticking is not null)
            await _ticking.ConfigureAwait(false);
        foreach (var hub in hubs.All)
            await hub.StopAsync().ConfigureAwait(false);
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(TickInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                foreach (var hub in hubs.All)
                    await TrimAsync(hub).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The application stops.
        }
    }

    private async ValueTask TrimAsync(Hub hub)
    {
        try
        {
            await hub.TrimAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (EventLogUnavailableException)
        {
            // The tail tells of it. What is due is trimmed at a later tick.
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Messages.TrimFailed(_logger, hub.Name, e);
        }
    }
}
