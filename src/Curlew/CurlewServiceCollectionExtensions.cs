using System.Diagnostics.CodeAnalysis;
using Curlew;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Curlew to an application that serves no HTTP, such as a worker that publishes. Web applications call <c>AddCurlew</c>.</summary>
public static class CurlewServiceCollectionExtensions
{
    /// <summary>Adds the default hub and its <see cref="IEventPublisher"/>.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets the default hub's options.</param>
    /// <returns>A builder, to add hubs and stores with.</returns>
    public static CurlewBuilder AddCurlewCore(this IServiceCollection services, Action<HubOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<CurlewMetrics>();
        services.TryAddSingleton<HubRegistry>();
        services.AddOptions<EventCatalogBuilder>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<EventCatalogBuilder>, CatalogJson>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EventCatalogBuilder>, EventCatalogValidation>());
        services.TryAddSingleton(static provider => provider.GetRequiredService<IOptions<EventCatalogBuilder>>().Value.Build());
        services.TryAddSingleton(static provider => provider.GetRequiredService<HubRegistry>().Publisher(Options.Options.DefaultName));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, HubService>());
        return new CurlewBuilder(services).AddHub(Options.Options.DefaultName, configure);
    }

    /// <summary>
    /// Adds a hub of its own name, log and ids: to partition load, or to retain differently. Its publisher is <see cref="IEventPublisher.Hub"/>, or a
    /// keyed service under the name. Adding a hub again sets more of its options.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The hub's name.</param>
    /// <param name="configure">Sets its options.</param>
    /// <returns>The builder.</returns>
    public static CurlewBuilder AddHub(this CurlewBuilder builder, string name, Action<HubOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        var services = builder.Services;
        var isNew = !services.Any(service => service.ImplementationInstance is HubName hub && hub.Name == name);
        if (name.Length > 0)
            services.TryAddKeyedSingleton(name, static (provider, key) => provider.GetRequiredService<HubRegistry>().Publisher((string)key!));
        var options = services.AddOptions<HubOptions>(name).ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        if (isNew)
        {
            services.AddSingleton(new HubName(name));
            services.AddSingleton<IValidateOptions<HubOptions>>(new HubOptionsValidation(name));
        }

        return builder;
    }

    /// <summary>Sets options of the default hub.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets its options.</param>
    /// <returns>The builder.</returns>
    public static CurlewBuilder ConfigureHub(this CurlewBuilder builder, Action<HubOptions> configure) =>
        builder.AddHub(Options.Options.DefaultName, configure);

    /// <summary>Names events of the application: see <see cref="EventCatalogBuilder"/>. What several calls add is one catalog, for all hubs.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Adds the events.</param>
    /// <returns>The builder.</returns>
    public static CurlewBuilder AddEvents(this CurlewBuilder builder, Action<EventCatalogBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure(configure);
        return builder;
    }

    /// <summary>The catalog makes JSON as the publishers do.</summary>
    [SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
    private sealed class CatalogJson(IOptions<PayloadJsonOptions> payloadJson) : IPostConfigureOptions<EventCatalogBuilder>
    {
        public void PostConfigure(string? name, EventCatalogBuilder options) => options.PayloadJson = payloadJson.Value.Effective;
    }
}
