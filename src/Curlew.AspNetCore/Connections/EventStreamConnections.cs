using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Curlew;

/// <summary>The registry as an application sees it.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
internal sealed class EventStreamConnections(ConnectionRegistry registry, HubRegistry hubs, EventStreamHost host, TimeProvider time) : IEventStreamConnections
{
    // In every id, so that one that was listed by another process, or by this one before it was started again, names no stream here.
    private readonly string _process = RandomNumberGenerator.GetHexString(8, lowercase: true);

    public int Count => registry.Count;

    public IReadOnlyList<EventStreamConnectionInfo> List()
    {
        var now = Now();
        return Array.ConvertAll(registry.Snapshot(), connection => Describe(connection, now));
    }

    public bool Close(string id, string reason)
    {
        ArgumentNullException.ThrowIfNull(id);
        return CloseAll(connection => EventStreamConnectionInfo.IdOf(_process, connection) == id, reason) > 0;
    }

    public int CloseUser(string userId, string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(userId);
        return CloseAll(connection => connection.Slot.User == userId, reason);
    }

    public int CloseWhere(Func<EventStreamConnectionInfo, bool> predicate, string reason)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        var now = Now();
        return CloseAll(connection => predicate(Describe(connection, now)), reason);
    }

    public int CountUser(string userId)
    {
        ArgumentNullException.ThrowIfNull(userId);
        return registry.CountUser(userId);
    }

    public int CountTopic(string topic, string hub = "")
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(hub);
        var of = hubs.Hub(hub);
        return registry.Snapshot().Count(connection => connection is SubscriptionConnection { Subscription: not null } stream && stream.Hub == of && stream.Interest.MatchesTopic(topic));
    }

    private EventStreamConnectionInfo.Moment Now() => new(host.Clock.Now, time.GetUtcNow());

    private EventStreamConnectionInfo Describe(EventStreamConnection connection, EventStreamConnectionInfo.Moment now) => new(connection, _process, host.Clock, now);

    private int CloseAll(Predicate<EventStreamConnection> isMeant, string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        var count = 0;
        // On a copy: a predicate of the application is not called under the registry's lock.
        foreach (var connection in registry.Snapshot())
        {
            if (!isMeant(connection) || !connection.Close(CloseReason.ClosedByApplication))
                continue;
            count++;
            if (host.Logger.IsEnabled(LogLevel.Debug))
                Log.ClosedOneByApplication(host.Logger, EventStreamConnectionInfo.IdOf(_process, connection), connection.Origin, reason);
        }

        if (count > 0)
            Log.ClosedByApplication(host.Logger, count, reason);
        return count;
    }
}
