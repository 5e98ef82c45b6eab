using Curlew.Protocol;
using Curlew.Redis.Resp;

namespace Curlew.Redis;

/// <summary>What a stream is at one moment. A stream that does not exist is an empty one that has given no id.</summary>
/// <param name="First">Its first entry; null where it has none.</param>
/// <param name="Newest">The newest id that it has given.</param>
/// <param name="Length">How many entries it has.</param>
/// <param name="Added">How many it ever had; -1 from a server before Redis 7, which does not know.</param>
/// <param name="Deleted">The newest entry that was deleted by name. Trimming does not move it.</param>
internal readonly record struct StreamState(EventId? First, EventId Newest, long Length, long Added, EventId Deleted)
{
    /// <summary>
    /// Reads the state of the stream KEYS[1], and whether it has the entries that ARGV names, from the second on. ARGV[1] may hold what is to be done before.
    /// XINFO gives the first and the last entry whole; only what is wanted leaves the server.
    /// </summary>
    private const string Source =
        """
        local info = redis.pcall('XINFO', 'STREAM', KEYS[1])
        local state
        if not info.err then
          local field = {}
          for i = 1, #info, 2 do field[info[i]] = info[i + 1] end
          local first = field['first-entry']
          state = {first and first[1] or '', field['last-generated-id'], field['length'], field['entries-added'] or -1, field['max-deleted-entry-id'] or '0-0'}
        elseif string.find(info.err, 'no such key', 1, true) then
          state = {'', '0-0', 0, 0, '0-0'}
        else
          return info
        end
        for i = 1, #ids do state[#state + 1] = #redis.call('XRANGE', KEYS[1], ids[i], ids[i]) end
        return state
        """;

    /// <summary>Reads the state; the arguments are ids to look for.</summary>
    public static RespScript Script { get; } = new("local ids = ARGV\n" + Source);

    /// <summary>
    /// Trims, then reads the state. The arguments: the most entries, and the highest age in milliseconds or an empty string. Age is exact, by the clock that
    /// made the ids, and the number approximate, which costs Redis next to nothing.
    /// </summary>
    public static RespScript TrimScript { get; } = new(
        """
        local ids = {}
        if ARGV[2] ~= '' then
          local now = redis.call('TIME')
          local oldest = now[1] * 1000 + math.floor(now[2] / 1000) - ARGV[2]
          if oldest > 0 then redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f-0', oldest)) end
        end
        redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', ARGV[1])

        """ + Source);

    /// <summary>How many entries were removed from the oldest end; -1 where that is not known.</summary>
    public long Trimmed => Added < 0 ? -1 : Added - Length;

    /// <summary>Whether the stream still has everything that it was ever given.</summary>
    public bool IsWhole => Trimmed == 0 && Deleted == EventId.Zero;

    public static StreamState Read(scoped ref RespReader reader, scoped Span<bool> found)
    {
        if (reader.ReadArray() != 5 + found.Length)
            throw new RespProtocolException("The state of a stream has another number of parts.");
        var first = reader.ReadBytes();
        var state = new StreamState(first.IsEmpty ? null : Id(first), Id(reader.ReadBytes()), reader.ReadInteger(), reader.ReadInteger(), Id(reader.ReadBytes()));
        foreach (ref var isThere in found)
            isThere = reader.ReadInteger() > 0;
        return state;
    }

    public static EventId Id(ReadOnlySpan<byte> text) => EventId.TryParse(text, out var id) ? id : throw new RespProtocolException("An id of a stream is malformed.");
}
