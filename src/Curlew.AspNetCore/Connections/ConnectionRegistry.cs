using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>The open streams, and the limits on their number. A limit refuses the new, it never evicts the old, but for a user's own stuck streams.</summary>
internal sealed class ConnectionRegistry(IOptions<CurlewOptions> options, ConnectionClock clock)
{
    // Guards everything below.
    private readonly Lock _lock = new();
    private readonly List<EventStreamConnection> _connections = [];
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private readonly Dictionary<string, int> _perUser = new(StringComparer.Ordinal);
    private int _reserved;
    private long _added;
    private bool _isDraining;

    /// <summary>Whether the host is stopping: no new stream is taken.</summary>
    public bool IsDraining
    {
        get
        {
            lock (_lock)
                return _isDraining;
        }
    }

    /// <summary>The streams that hold a place, those that are just being opened among them.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _reserved;
        }
    }

    /// <summary>Takes a place for a stream, to be given back with <see cref="Release"/>.</summary>
    public RefusalReason TryReserve(ConnectionSlot slot)
    {
        List<EventStreamConnection>? stuck = null;
        var reason = RefusalReason.None;
        lock (_lock)
        {
            if (_isDraining)
                return RefusalReason.Draining;
            if (slot.User is { } user && _perUser.GetValueOrDefault(user) >= options.Value.MaxConnectionsPerUser)
            {
                stuck = [.. _connections.Where(connection => connection.Slot.User == user && connection.Reason == CloseReason.None && clock.IsStuck(connection))];
                reason = stuck.Count > 0 ? RefusalReason.None : RefusalReason.MaxConnectionsPerUser;
            }

            if (reason != RefusalReason.None)
                return reason;
            if (_reserved >= options.Value.MaxConnections)
                return RefusalReason.MaxConnections;
            if (slot.Address is { } address)
            {
                ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_perAddress, address, out _);
                if (count >= options.Value.MaxConnectionsPerAddress)
                    return RefusalReason.MaxConnectionsPerAddress;
                count++;
            }

            if (slot.User is { } owner)
                CollectionsMarshal.GetValueRefOrAddDefault(_perUser, owner, out _)++;
            _reserved++;
        }

        // Outside the lock: an abort runs other people's callbacks. The places come back when their requests have ended; until then the user may be one
        // over his limit for each, once: a stream that is closing does not count as stuck.
        foreach (var connection in stuck ?? [])
            connection.Abort(CloseReason.Superseded);
        return RefusalReason.None;
    }

    /// <summary>Gives a place back.</summary>
    public void Release(ConnectionSlot slot)
    {
        lock (_lock)
        {
            _reserved--;
            if (slot.Address is { } address)
                Decrement(_perAddress, address);
            if (slot.User is { } user)
                Decrement(_perUser, user);
        }
    }

    /// <summary>How many places a user holds.</summary>
    public int CountUser(string user)
    {
        lock (_lock)
            return _perUser.GetValueOrDefault(user);
    }

    /// <summary>Lists a stream, from before it is subscribed until its request has ended. One that opens while the host begins to stop is closed like the others.</summary>
    public void Add(EventStreamConnection connection)
    {
        lock (_lock)
        {
            connection.Index = _connections.Count;
            connection.Number = ++_added;
            _connections.Add(connection);
            if (!_isDraining)
                return;
        }

        connection.Close(CloseReason.Drained);
    }

    public void Remove(EventStreamConnection connection)
    {
        lock (_lock)
        {
            if (connection.Index < 0)
                return;
            // The last one takes the place.
            var last = _connections[^1];
            _connections[connection.Index] = last;
            last.Index = connection.Index;
            _connections.RemoveAt(_connections.Count - 1);
            connection.Index = -1;
        }
    }

    /// <summary>Refuses new streams from here on.</summary>
    public void BeginDrain()
    {
        lock (_lock)
            _isDraining = true;
    }

    /// <summary>The open streams at this moment.</summary>
    public EventStreamConnection[] Snapshot()
    {
        lock (_lock)
            return [.. _connections];
    }

    /// <summary>Calls an action, which only signals, for each open stream.</summary>
    public void ForEach<TState>(Action<EventStreamConnection, TState> action, TState state)
    {
        lock (_lock)
        {
            foreach (var connection in _connections)
                action(connection, state);
        }
    }

    private static void Decrement<TKey>(Dictionary<TKey, int> counts, TKey key)
        where TKey : notnull
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(counts, key);
        if (--count == 0)
            counts.Remove(key);
    }
}
