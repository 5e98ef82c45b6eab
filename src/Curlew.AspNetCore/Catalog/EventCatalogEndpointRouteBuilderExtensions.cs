using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Curlew;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the description of the event catalog.</summary>
public static class EventCatalogEndpointRouteBuilderExtensions
{
    private const string Json = "application/json";

    /// <summary>
    /// Maps a description of the application's <see cref="EventCatalog"/> as JSON: its events with category, description and the JSON schema of their data,
    /// and the number of events in all and of each category.
    /// </summary>
    /// <param name="endpoints">The endpoints.</param>
    /// <param name="pattern">The route.</param>
    /// <returns>The endpoint's conventions.</returns>
    public static IEndpointConventionBuilder MapEventCatalog(this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        // The catalog does not change, so neither does its description.
        var body = new Lazy<byte[]>(() => JsonSerializer.SerializeToUtf8Bytes(
            CatalogDescription.Of(services.GetRequiredService<EventCatalog>(), services.GetRequiredService<IEventPublisher>().PayloadJson), CatalogJson.Default.CatalogDescription));
        return endpoints.MapGet(pattern, context =>
            {
                context.Response.ContentType = Json;
                context.Response.ContentLength = body.Value.Length;
                return context.Response.Body.WriteAsync(body.Value, context.RequestAborted).AsTask();
            })
            .WithDisplayName($"Event catalog {pattern}")
            .WithMetadata(EventStreamDescription.Method, new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(CatalogDescription), [Json]));
    }
}
