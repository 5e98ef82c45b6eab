using System.Diagnostics.CodeAnalysis;
using Curlew;
using Curlew.Redis;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts hubs on Redis.</summary>
public static class RedisCurlewBuilderExtensions
{
    /// <summary>
    /// Keeps the logs of all hubs in Redis, so that the processes which share it are one hub: what is published on any of them reaches the clients of all,
    /// and a client resumes on whichever it lands.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configuration">The connection string; see <see cref="RedisOptions.Configuration"/>.</param>
    /// <returns>The builder.</returns>
    public static CurlewBuilder AddRedis(this CurlewBuilder builder, string configuration) =>
        builder.AddRedis(options => options.Configuration = configuration);

    /// <inheritdoc cref="AddRedis(CurlewBuilder, string)"/>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets the options. They are validated when the application starts.</param>
    public static CurlewBuilder AddRedis(this CurlewBuilder builder, Action<RedisOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        builder.Services.Configure(configure);
        AddConnections(builder.Services);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IEventLogFactory, RedisEventLogFactory>());
        return builder;
    }

    /// <summary>
    /// Adds a hub that shows a Redis Stream which another program writes: <c>MapEventStream(path, hub: name)</c> serves it. It is read-only, and never
    /// trims the stream. The id of an entry is the id of its event. A stream that does not exist yet is waited for.
    /// </summary>
    /// <param name="builder">The builder, to which Redis was added.</param>
    /// <param name="name">The hub's name.</param>
    /// <param name="key">The stream's key, as it stands in Redis: no prefix is put before it.</param>
    /// <param name="type">The type of the events; see <see cref="RedisStreamOptions.Type"/>.</param>
    /// <param name="configure">Says how entries become events.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The name or the key is empty, or the hub has a stream already.</exception>
    public static CurlewBuilder AddStream(
        this CurlewBuilder builder, string name, string key, string? type = null, Action<RedisStreamOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (builder.Services.Any(service => service.ImplementationInstance is RedisStream stream && stream.Hub == name))
            throw new ArgumentException($"The hub '{name}' shows a stream already.", nameof(name));
        var options = new RedisStreamOptions { Type = type };
        configure?.Invoke(options);
        builder.Services.AddSingleton(new RedisStream(name, key, options));
        return builder.AddHub(name, static hub => hub.AllowUnlistedTypes = true);
    }

    /// <summary>
    /// Adds a worker that processes a Redis Stream as a member of a consumer group: each entry goes to one process of the group, is acknowledged once it is
    /// processed, is tried again where it failed, and goes to another process where the one that had it died. The stream and the group are made where they
    /// are missing.
    /// </summary>
    /// <typeparam name="TConsumer">What processes an entry: a scoped service, registered unless it is already.</typeparam>
    /// <param name="builder">The builder, to which Redis was added.</param>
    /// <param name="stream">The stream's key, as it stands in Redis: no prefix is put before it.</param>
    /// <param name="group">The name of the group.</param>
    /// <param name="configure">Sets the options. They are validated when the application starts.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The stream or the group is empty.</exception>
    public static CurlewBuilder AddStreamConsumer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TConsumer>(
        this CurlewBuilder builder, string stream, string group, Action<StreamConsumerOptions>? configure = null)
        where TConsumer : class, IStreamConsumer
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(stream);
        ArgumentException.ThrowIfNullOrEmpty(group);
        var consumer = new StreamConsumerRegistration(stream, group, static services => services.GetRequiredService<TConsumer>());
        AddConnections(builder.Services);
        builder.Services.TryAddScoped<TConsumer>();
        builder.Services.AddSingleton(consumer);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StreamConsumerOptions>, StreamConsumerOptionsValidation>());
        var options = builder.Services.AddOptions<StreamConsumerOptions>(consumer.OptionsName).ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        // Not AddHostedService, which adds a type once.
        builder.Services.AddSingleton<IHostedService>(services => new StreamConsumerWorker(
            consumer,
            services.GetRequiredService<IOptionsMonitor<StreamConsumerOptions>>(),
            services.GetRequiredService<RedisConnections>(),
            services.GetRequiredService<IServiceScopeFactory>(),
            services.GetRequiredService<TimeProvider>()));
        return builder;
    }

    private static void AddConnections(IServiceCollection services)
    {
        services.AddOptions<RedisOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisOptions>, RedisOptionsValidation>());
        services.TryAddSingleton<RedisConnections>();
    }
}
