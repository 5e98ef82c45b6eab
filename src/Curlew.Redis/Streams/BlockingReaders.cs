using Curlew.Redis.Resp;

namespace Curlew.Redis;

/// <summary>
/// The connections on which tails wait: one for all streams of a server, in a cluster one for each slot. A stream that two hubs show has one for each, since
/// a reply tells streams apart by key alone.
/// </summary>
internal sealed class BlockingReaders(IRedisClient client, RedisOptions options, TimeSpan commandTimeout, TimeProvider time) : IAsyncDisposable
{
    // Protects the list.
    private readonly Lock _lock = new();
    private readonly List<(int? Slot, HashSet<string> Keys, BlockingReader Reader)> _readers = [];

    /// <summary>The reader of a stream's server, for one tail.</summary>
    /// <exception cref="RedisConnectionException">Redis is away, and has never said whether it is a cluster.</exception>
    public async ValueTask<BlockingReader> AssignAsync(string key, CancellationToken cancellationToken)
    {
        int? slot = await client.IsClusterAsync(cancellationToken).ConfigureAwait(false) ? HashSlot.Of(key) : null;
        lock (_lock)
        {
            foreach (var (taken, keys, reader) in _readers)
            {
                if (taken == slot && keys.Add(key))
                    return reader;
            }

            var added = new BlockingReader(client.OpenSession(key), options.ReadCount, options.BlockTime, commandTimeout, time);
            _readers.Add((slot, [key], added));
            return added;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, _, reader) in _readers)
            await reader.DisposeAsync().ConfigureAwait(false);
    }
}
