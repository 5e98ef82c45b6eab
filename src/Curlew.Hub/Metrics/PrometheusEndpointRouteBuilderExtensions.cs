using Curlew.Hub.Metrics;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the endpoint that Prometheus scrapes.</summary>
internal static class PrometheusEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Serves the registered <see cref="PrometheusMetrics"/>. Mapping creates it, so that it counts from before the first request.
    /// </summary>
    public static IEndpointConventionBuilder MapPrometheus(this IEndpointRouteBuilder endpoints, string pattern = "/metrics")
    {
        var metrics = endpoints.ServiceProvider.GetRequiredService<PrometheusMetrics>();
        return endpoints.MapGet(pattern, async context =>
        {
            context.Response.ContentType = PrometheusMetrics.ContentType;
            context.Response.Headers.CacheControl = "no-store";
            await context.Response.WriteAsync(metrics.Render(), context.RequestAborted);
        });
    }
}
