using System.Diagnostics.CodeAnalysis;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Curlew.Client;

/// <summary>An event source of an application, to add to.</summary>
public sealed class EventSourceBuilder
{
    private bool _hasHandler;

    internal EventSourceBuilder(IServiceCollection services, string name, Uri url, IHttpClientBuilder httpClient) =>
        (Services, Name, Url, HttpClient) = (services, name, url, httpClient);

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The name of the source: the key of its <see cref="EventSource"/>, of its options, of its HTTP client, and of its last event id in a store.</summary>
    public string Name { get; }

    /// <summary>The URL of the stream.</summary>
    public Uri Url { get; }

    /// <summary>The HTTP client that the source connects with, to add message handlers to.</summary>
    public IHttpClientBuilder HttpClient { get; }

    /// <summary>Runs a worker that gives each event to a handler and keeps the last id.</summary>
    /// <typeparam name="THandler">The handler, a scoped service; registered unless it is already.</typeparam>
    /// <returns>This builder.</returns>
    /// <exception cref="InvalidOperationException">The source has a handler.</exception>
    public EventSourceBuilder AddEventHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
        where THandler : class, IEventHandler<string> =>
        AddEventHandler<THandler, string>(static (_, data) => Encoding.UTF8.GetString(data));

    /// <summary>Runs a worker that gives each event, its data read as JSON, to a handler and keeps the last id. Data that is not of the type stops the worker.</summary>
    /// <typeparam name="THandler">The handler, a scoped service; registered unless it is already.</typeparam>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="json">How to read the data, from a source-generated context.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="InvalidOperationException">The source has a handler.</exception>
    public EventSourceBuilder AddEventHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, T>(JsonTypeInfo<T> json)
        where THandler : class, IEventHandler<T>
    {
        ArgumentNullException.ThrowIfNull(json);
        return AddEventHandler<THandler, T>((_, data) => JsonSerializer.Deserialize(data, json) is { } value ? value : throw new JsonException("The data of an event is null."));
    }

    /// <summary>Runs a worker that gives each event, its data parsed, to a handler and keeps the last id.</summary>
    /// <typeparam name="THandler">The handler, a scoped service; registered unless it is already.</typeparam>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="parser">Makes the data from its UTF-8 bytes. What it throws stops the worker.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="InvalidOperationException">The source has a handler.</exception>
    public EventSourceBuilder AddEventHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, T>(SseItemParser<T> parser)
        where THandler : class, IEventHandler<T>
    {
        ArgumentNullException.ThrowIfNull(parser);
        if (_hasHandler)
            throw new InvalidOperationException($"The event source '{Name}' has a handler: its last event id is of one worker.");
        _hasHandler = true;
        Services.TryAddScoped<THandler>();
        Services.TryAddSingleton<ILastEventIdStore, MemoryLastEventIdStore>();
        // Not AddHostedService, which adds a type once.
        Services.AddSingleton<IHostedService>(services => ActivatorUtilities.CreateInstance<EventSourceWorker<THandler, T>>(services, new WorkerSource<T>(Name, Url, parser)));
        return this;
    }

    /// <summary>Keeps the last event id in a file, so that the worker continues after a restart.</summary>
    /// <param name="directory">Where the file is; made if it is missing.</param>
    /// <returns>This builder.</returns>
    public EventSourceBuilder KeepLastEventIdIn(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return KeepLastEventIdIn(_ => new FileLastEventIdStore(directory));
    }

    /// <summary>Keeps the last event id in a store, so that the worker continues after a restart. The default is the application's store, or memory.</summary>
    /// <param name="store">Makes the store.</param>
    /// <returns>This builder.</returns>
    public EventSourceBuilder KeepLastEventIdIn(Func<IServiceProvider, ILastEventIdStore> store)
    {
        ArgumentNullException.ThrowIfNull(store);
        Services.AddKeyedSingleton(Name, (services, _) => store(services));
        return this;
    }
}
