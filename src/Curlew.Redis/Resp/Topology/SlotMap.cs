namespace Curlew.Redis.Resp;

/// <summary>Which server of a cluster has which slot. Immutable, but for single slots that a server's MOVED corrects.</summary>
internal sealed class SlotMap
{
    // Written by any thread; a reader may see the old server or the new one.
    private readonly Server?[] _owners = new Server?[HashSlot.Count];

    private SlotMap()
    {
    }

    /// <summary>The primaries that have slots, as the map was read.</summary>
    public IReadOnlySet<RedisEndpoint> Primaries { get; private init; } = new HashSet<RedisEndpoint>();

    /// <summary>The primary of a slot; null where none is known.</summary>
    public RedisEndpoint? this[int slot] => Volatile.Read(ref _owners[slot])?.Endpoint;

    /// <summary>Reads the reply to CLUSTER SLOTS.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="asked">The server that was asked: it does not always know its own name.</param>
    public static SlotMap Read(RespReader reply, RedisEndpoint asked)
    {
        var primaries = new HashSet<RedisEndpoint>();
        var map = new SlotMap { Primaries = primaries };
        for (var ranges = reply.ReadArray(); ranges > 0; ranges--)
        {
            var parts = reply.ReadArray();
            var (first, last) = (reply.ReadInteger(), reply.ReadInteger());
            if (first < 0 || last >= HashSlot.Count || parts < 3)
                throw new RespProtocolException("CLUSTER SLOTS gave a range that is none.");
            var node = reply.ReadNested();
            for (var replicas = parts - 3; replicas > 0; replicas--)
                reply.Skip();
            node.ReadArray();
            var host = node.TryReadNull() ? "" : node.ReadString();
            var endpoint = new RedisEndpoint(host is "" or "?" ? asked.Host : host, (int)node.ReadInteger());
            primaries.Add(endpoint);
            map._owners.AsSpan((int)first, (int)(last - first + 1)).Fill(new(endpoint));
        }

        return map;
    }

    /// <summary>Takes a server's word that a slot is elsewhere.</summary>
    public void Move(int slot, RedisEndpoint owner) => Volatile.Write(ref _owners[slot], new(owner));

    private sealed record Server(RedisEndpoint Endpoint);
}
