using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Curlew;

/// <summary>
/// Unhealthy while the hubs are not ready, and from the moment the host begins to stop. Degraded while a log cannot be read or appended to: the
/// streams are still here, and elsewhere they would find the same log.
/// </summary>
internal sealed class CurlewHealthCheck(HubRegistry hubs, ConnectionRegistry connections) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            connections.IsDraining ? HealthCheckResult.Unhealthy("The server is stopping and takes no new streams.")
            : !hubs.IsReady ? HealthCheckResult.Unhealthy("The hubs have not read their logs yet.")
            : hubs.All.FirstOrDefault(static hub => hub.LogTrouble is not null) is { } hub ? HealthCheckResult.Degraded($"The log of hub '{hub.Name}' cannot be reached: {hub.LogTrouble}")
            : HealthCheckResult.Healthy());
}
