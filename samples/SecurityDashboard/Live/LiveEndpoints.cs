using SecurityDashboard.Alerts;
using SecurityDashboard.Ingest;

namespace SecurityDashboard.Live;

internal static class LiveEndpoints
{
    /// <summary>Maps the two streams: what is logged, and what is found in it (with what the scenarios are doing).</summary>
    public static void MapLive(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapEventStream("/logs/events", hub: LogPipeline.Hub);
        endpoints.MapEventStream("/alerts/events", hub: AlertBook.Hub);
    }
}
