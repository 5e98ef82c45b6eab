using Curlew.Protocol;
using Curlew.Redis.Resp;

namespace Curlew.Redis;

/// <summary>A stream that another program writes, and trims as it likes. Here it is only read.</summary>
internal sealed class ForeignStreamLog(
    IRedisClient client, BlockingReaders readers, string key, RedisStreamOptions options, SkippedEntries skipped, TimeProvider time)
    : StreamLog(client, readers, key, new ForeignEntryFormat(options), skipped, time)
{
    public override ValueTask<EventId> AppendAsync(IReadOnlyList<NewEvent> batch, string? idempotencyKey, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"The hub shows the Redis stream '{Key}', which others write: nothing can be published to it.");

    // Nobody says how it is trimmed. Once it is, whatever is older than its middle is nearer to its end.
    protected override double PartHalfwayOut(StreamState state) => state.Trimmed > 0 ? 0.5 : 0;
}
