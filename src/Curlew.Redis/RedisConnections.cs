using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using Curlew.Redis.Resp;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Curlew.Redis;

/// <summary>The connections of this process, which its hubs and its stream consumers share, and what is measured of them.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
internal sealed class RedisConnections : IAsyncDisposable
{
    // Made at the first use, after the host has validated all options: a fault found here would hide the others.
    private readonly Lazy<(RedisClient Client, BlockingReaders Readers)> _made;
    private readonly IOptions<RedisOptions> _options;

    public RedisConnections(IOptions<RedisOptions> options, IMeterFactory meters, ILoggerFactory loggers, TimeProvider time)
    {
        _options = options;
        Logger = loggers.CreateLogger("Curlew.Redis");
        Metrics = new(meters);
        _made = new(() =>
        {
            var configuration = RedisConfiguration.Parse(options.Value.Configuration!) with { ConfigureTls = options.Value.ConfigureTls };
            var client = new RedisClient(configuration, Logger, time);
            client.ConnectionChanged += (_, change) =>
            {
                if (change.Kind == ConnectionChangeKind.Restored)
                    Metrics.Reconnected();
            };
            return (client, new(client, options.Value, configuration.CommandTimeout, time));
        });
    }

    public ILogger Logger { get; }

    public RedisMetrics Metrics { get; }

    public RedisOptions Options => _options.Value;

    public IRedisClient Client => _made.Value.Client;

    /// <summary>On which the tails of the hubs wait.</summary>
    public BlockingReaders Readers => _made.Value.Readers;

    public async ValueTask DisposeAsync()
    {
        if (!_made.IsValueCreated)
            return;
        await _made.Value.Readers.DisposeAsync().ConfigureAwait(false);
        await _made.Value.Client.DisposeAsync().ConfigureAwait(false);
    }
}
