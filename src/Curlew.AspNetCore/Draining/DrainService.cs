using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>
/// Ends the open streams when the host stops, while the listener is still open: each client gets a <c>retry:</c> and a clean end, spread over part of the
/// drain period so that they do not come back together; those that do not read are cut at its end.
/// </summary>
internal sealed class DrainService(
    ConnectionRegistry connections, Heartbeat heartbeat, IOptions<CurlewOptions> options, TimeProvider time, ILogger<DrainService> logger) : IHostedLifecycleService
{
    // A few streams end at once; many take up to this share of the period.
    private const double SpreadShare = 0.5;
    private const double StreamsPerSecond = 2000;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    // What remains of the period for the clean ends to go out before the rest is cut.
    private static readonly TimeSpan AbortGrace = TimeSpan.FromSeconds(1);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        heartbeat.Start();
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        connections.BeginDrain();
        var open = connections.Snapshot();
        if (open.Length == 0)
            return;
        Log.Draining(logger, open.Length, options.Value.DrainPeriod);
        var started = time.GetTimestamp();
        try
        {
            await CloseSpreadAsync(open, cancellationToken).ConfigureAwait(false);
            while (connections.Count > 0 && time.GetElapsedTime(started) < options.Value.DrainPeriod)
                await Task.Delay(Step, time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The host's own patience is at its end.
        }

        var stalled = connections.Snapshot();
        foreach (var connection in stalled)
            connection.Abort(CloseReason.DrainTimeout);
        if (stalled.Length > 0)
            Log.DrainCut(logger, stalled.Length);
        // Their handlers see the abort and return.
        var aborted = time.GetTimestamp();
        while (connections.Count > 0 && time.GetElapsedTime(aborted) < AbortGrace && !cancellationToken.IsCancellationRequested)
            await Task.Delay(Step, time, CancellationToken.None).ConfigureAwait(false);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task CloseSpreadAsync(EventStreamConnection[] open, CancellationToken cancellationToken)
    {
        Random.Shared.Shuffle(open);
        var needed = TimeSpan.FromSeconds(open.Length / StreamsPerSecond);
        var spread = options.Value.DrainPeriod * SpreadShare;
        var steps = Math.Max(1, (int)((needed < spread ? needed : spread) / Step));
        for (var step = 0; step < steps; step++)
        {
            foreach (var connection in open.AsSpan((open.Length * step / steps)..(open.Length * (step + 1) / steps)))
                connection.Close(CloseReason.Drained);
            if (step < steps - 1)
                await Task.Delay(Step, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
