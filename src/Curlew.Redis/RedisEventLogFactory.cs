using System.Diagnostics.CodeAnalysis;

namespace Curlew.Redis;

/// <summary>Makes the hubs' logs.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
internal sealed class RedisEventLogFactory(RedisConnections connections, IEnumerable<RedisStream> streams, TimeProvider time) : IEventLogFactory
{
    public IEventLog Create(string hub, HubOptions options)
    {
        var log = Open(hub, options);
        return connections.Options.PublishOnly ? new PublishOnlyLog(log) : log;
    }

    private IEventLog Open(string hub, HubOptions options)
    {
        var (client, readers) = (connections.Client, connections.Readers);
        var skipped = new SkippedEntries(hub, connections.Metrics, time, connections.Logger);
        if (streams.FirstOrDefault(stream => stream.Hub == hub) is { } stream)
            return new ForeignStreamLog(client, readers, stream.Key, stream.Options, skipped, time);

        // The braces are a hash tag: in a cluster all keys of a hub lie in one slot.
        var prefix = $"{{{connections.Options.KeyPrefix}:{(hub.Length == 0 ? "default" : hub)}}}:";
        return options.History
            ? new RedisEventLog(client, readers, prefix, hub, options, skipped, connections.Metrics, time)
            : new PubSubEventLog(client, prefix, options, skipped, time);
    }
}
