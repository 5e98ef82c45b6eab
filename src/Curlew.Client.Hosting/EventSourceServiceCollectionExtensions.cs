using System.Net;
using Curlew.Client;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds event sources to an application.</summary>
public static class EventSourceServiceCollectionExtensions
{
    /// <summary>
    /// Adds an <see cref="EventSource"/> as a keyed singleton, which connects with the HTTP client of the same name, taken from
    /// <see cref="IHttpClientFactory"/> at each attempt.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The name of the source, and the key of the service.</param>
    /// <param name="url">An absolute <c>http</c> or <c>https</c> URL.</param>
    /// <param name="configure">Sets how to connect; checked when the host starts.</param>
    /// <returns>A builder, to add a handler with.</returns>
    /// <exception cref="UriFormatException">The URL is none.</exception>
    public static EventSourceBuilder AddEventSource(this IServiceCollection services, string name, string url, Action<EventSourceOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var address = new Uri(url, UriKind.Absolute);
        var httpClient = services.AddHttpClient(name, static client =>
            {
                // The source has a timeout of its own.
                client.Timeout = Timeout.InfiniteTimeSpan;
                client.DefaultRequestVersion = HttpVersion.Version20;
                client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
            })
            .ConfigurePrimaryHttpMessageHandler(EventSource.CreateHandler);

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EventSourceOptions>, EventSourceOptionsValidation>());
        var options = services.AddOptions<EventSourceOptions>(name);
        if (configure is not null)
            options.Configure(configure);
        options.PostConfigure<IHttpClientFactory>((settings, clients) =>
        {
            if (settings is { HttpClient: null, HttpClientFactory: null, HttpMessageHandler: null })
                settings.HttpClientFactory = () => clients.CreateClient(name);
        });
        options.ValidateOnStart();
        services.AddKeyedSingleton(name, (provider, _) => new EventSource(address, provider.GetRequiredService<IOptionsMonitor<EventSourceOptions>>().Get(name)));
        return new(services, name, address, httpClient);
    }
}
