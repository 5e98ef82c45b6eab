using Curlew;
using Curlew.Redis;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
        builder.Services.AddOptions<RedisOptions>().Configure(configure).ValidateOnStart();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisOptions>, RedisOptionsValidation>());
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
}
