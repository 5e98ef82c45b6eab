using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Curlew;

/// <summary>Unhealthy while the hubs are not ready, and from the moment the host begins to stop.</summary>
internal sealed class CurlewHealthCheck(HubRegistry hubs, ConnectionRegistry connections) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            connections.IsDraining ? HealthCheckResult.Unhealthy("The server is stopping and takes no new streams.")
            : hubs.IsReady ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The hubs are not ready."));
}
