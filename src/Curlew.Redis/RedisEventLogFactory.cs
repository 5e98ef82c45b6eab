using System.Diagnostics.CodeAnalysis;
using Curlew.Redis.Resp;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Curlew.Redis;

/// <summary>Makes the hubs' logs, and owns the connections that they share.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
internal sealed class RedisEventLogFactory : IEventLogFactory, IAsyncDisposable
{
    private readonly IEnumerable<RedisStream> _streams;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly RedisMetrics _metrics;

    // Made at the first use, after the host has validated all options: a fault found here would hide the others.
    private readonly Lazy<Connections> _connections;

    public RedisEventLogFactory(
        IOptions<RedisOptions> options, IEnumerable<RedisStream> streams, System.Diagnostics.Metrics.IMeterFactory meters, ILoggerFactory loggers, TimeProvider time)
    {
        _streams = streams;
        _logger = loggers.CreateLogger("Curlew.Redis");
        _time = time;
        _metrics = new(meters);
        _connections = new(() =>
        {
            var configuration = RedisConfiguration.Parse(options.Value.Configuration!) with { ConfigureTls = options.Value.ConfigureTls };
            var client = new RedisClient(configuration, _logger, time);
            client.ConnectionChanged += (_, change) =>
            {
                if (change.Kind == ConnectionChangeKind.Restored)
                    _metrics.Reconnected();
            };
            return new(client, new BlockingReaders(client, options.Value, configuration.CommandTimeout, time), options.Value);
        });
    }

    public IEventLog Create(string hub, HubOptions options)
    {
        var log = Open(hub, options);
        return _connections.Value.Options.PublishOnly ? new PublishOnlyLog(log) : log;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_connections.IsValueCreated)
            return;
        await _connections.Value.Readers.DisposeAsync().ConfigureAwait(false);
        await _connections.Value.Client.DisposeAsync().ConfigureAwait(false);
    }

    private IEventLog Open(string hub, HubOptions options)
    {
        var (client, readers, redis) = _connections.Value;
        var skipped = new SkippedEntries(hub, _metrics, _time, _logger);
        if (_streams.FirstOrDefault(stream => stream.Hub == hub) is { } stream)
            return new ForeignStreamLog(client, readers, stream.Key, stream.Options, skipped, _time);

        // The braces are a hash tag: in a cluster all keys of a hub lie in one slot.
        var prefix = $"{{{redis.KeyPrefix}:{(hub.Length == 0 ? "default" : hub)}}}:";
        return options.History
            ? new RedisEventLog(client, readers, prefix, hub, options, skipped, _metrics, _time)
            : new PubSubEventLog(client, prefix, options, skipped, _time);
    }

    private sealed record Connections(RedisClient Client, BlockingReaders Readers, RedisOptions Options);
}
