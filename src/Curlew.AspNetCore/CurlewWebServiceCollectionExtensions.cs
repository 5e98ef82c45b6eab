using System.Diagnostics.CodeAnalysis;
using Curlew;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Curlew to a web application.</summary>
public static class CurlewWebServiceCollectionExtensions
{
    /// <summary>
    /// Adds the default hub with its <see cref="IEventPublisher"/>, and what <c>MapEventStream</c> needs: limits, keep-alives, and the drain that lets the
    /// host stop with streams open.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets how streams are served; <c>ConfigureHub</c> on the result sets what the hub retains.</param>
    /// <returns>A builder, to add hubs and stores with.</returns>
    public static CurlewBuilder AddCurlew(this IServiceCollection services, Action<CurlewOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        // First, so that its drain runs before any other service stops.
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, DrainService>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, OpenFileCheck>());
        var builder = services.AddCurlewCore();
        services.TryAddSingleton<ConnectionMetrics>();
        services.TryAddSingleton<ConnectionClock>();
        services.TryAddSingleton<ConnectionRegistry>();
        services.TryAddSingleton<Heartbeat>();
        services.TryAddSingleton<EventStreamHost>();
        services.TryAddSingleton<IEventStreamConnections, EventStreamConnections>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<CurlewOptions>, CurlewOptionsValidation>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<PayloadJsonOptions>, HttpPayloadJson>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<EventCatalogBuilder>, EventsOfOptions>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<JsonOptions>, CatalogMetadata>());
        var options = services.AddOptions<CurlewOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        return builder;
    }

    /// <summary>Reports that the application cannot take streams: its hubs are not ready, or it is draining.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="tags">Its tags, such as <c>ready</c>.</param>
    /// <returns>The health checks.</returns>
    public static IHealthChecksBuilder AddCurlew(this IHealthChecksBuilder builder, string name = "curlew", params IEnumerable<string> tags)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<CurlewHealthCheck>(name, tags: tags);
    }

    /// <summary>The events that were added to <see cref="CurlewOptions.Events"/>.</summary>
    [SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
    private sealed class EventsOfOptions(IOptions<CurlewOptions> streams) : IConfigureOptions<EventCatalogBuilder>
    {
        public void Configure(EventCatalogBuilder options)
        {
            try
            {
                options.AddAll(streams.Value.Events);
            }
            catch (OptionsValidationException)
            {
                // The options are told to be wrong by their own validation, once.
            }
        }
    }

    /// <summary>An OpenAPI document describes the catalog's endpoint by the application's JSON options, which without reflection know only what they are told.</summary>
    [SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
    private sealed class CatalogMetadata : IConfigureOptions<JsonOptions>
    {
        public void Configure(JsonOptions options) => options.SerializerOptions.TypeInfoResolverChain.Add(CatalogJson.Default);
    }

    /// <summary>Payloads are serialised as the application's own JSON is.</summary>
    [SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
    private sealed class HttpPayloadJson(IOptions<JsonOptions> http) : IPostConfigureOptions<PayloadJsonOptions>
    {
        public void PostConfigure(string? name, PayloadJsonOptions options) => options.SerializerOptions ??= http.Value.SerializerOptions;
    }
}
