using Microsoft.Extensions.Logging;

namespace Curlew.Redis;

/// <summary>Counts what a hub's tail passes over, and tells of it now and then. Used by one tail.</summary>
internal sealed class SkippedEntries(string hub, RedisMetrics metrics, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private long _count;
    private long _toldAt;

    public RedisMetrics Metrics => metrics;

    public string Hub => hub;

    public void Add(Curlew.Protocol.EventId entry, string fault)
    {
        metrics.EntrySkipped(hub);
        if (_count++ > 0 && time.GetElapsedTime(_toldAt) < Interval)
            return;
        _toldAt = time.GetTimestamp();
        Messages.EntriesSkipped(logger, hub, _count, entry, fault);
    }
}
