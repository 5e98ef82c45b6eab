using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Curlew.Redis;

/// <summary>What Redis does to the hubs, on the meter <c>Curlew.Redis</c>.</summary>
internal sealed class RedisMetrics
{
    public const string MeterName = "Curlew.Redis";

    private readonly Histogram<double> _append;
    private readonly Counter<long> _reconnects;
    private readonly Counter<long> _skipped;
    private readonly Counter<long> _processed;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _reclaimed;
    private readonly Counter<long> _deadLettered;
    private readonly ConcurrentDictionary<string, double> _lag = new(StringComparer.Ordinal);

    public RedisMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _append = meter.CreateHistogram<double>("curlew.redis.append.duration", "s", "How long appending a batch took, where it succeeded.");
        _reconnects = meter.CreateCounter<long>("curlew.redis.reconnects", "{connection}", "Connections made again after a loss.");
        _skipped = meter.CreateCounter<long>("curlew.redis.entries.skipped", "{entry}", "Entries of streams that cannot be an event.");
        _processed = meter.CreateCounter<long>("curlew.redis.consumer.processed", "{entry}", "Entries that a consumer processed.");
        _failed = meter.CreateCounter<long>("curlew.redis.consumer.failed", "{attempt}", "Attempts at an entry that failed.");
        _reclaimed = meter.CreateCounter<long>("curlew.redis.consumer.reclaimed", "{entry}", "Entries taken over from a consumer that was silent or left them.");
        _deadLettered = meter.CreateCounter<long>("curlew.redis.consumer.dead_lettered", "{entry}", "Entries that failed too often and went to the dead-letter stream.");
        meter.CreateObservableGauge(
            "curlew.redis.tail.lag",
            () => _lag.Select(static hub => new Measurement<double>(hub.Value, CurlewMetrics.Tag(hub.Key))),
            "s",
            "How much older than the newest entry of its stream the last one read is.");
    }

    public void Appended(string hub, TimeSpan duration) => _append.Record(duration.TotalSeconds, CurlewMetrics.Tag(hub));

    public void Reconnected() => _reconnects.Add(1);

    public void EntrySkipped(string hub) => _skipped.Add(1, CurlewMetrics.Tag(hub));

    public void Processed(string stream, string group) => _processed.Add(1, Tag(stream), GroupTag(group));

    public void AttemptFailed(string stream, string group) => _failed.Add(1, Tag(stream), GroupTag(group));

    public void Reclaimed(string stream, string group, int entries) => _reclaimed.Add(entries, Tag(stream), GroupTag(group));

    public void DeadLettered(string stream, string group) => _deadLettered.Add(1, Tag(stream), GroupTag(group));

    private static KeyValuePair<string, object?> Tag(string stream) => new("curlew.stream", stream);

    private static KeyValuePair<string, object?> GroupTag(string group) => new("curlew.group", group);

    public void TailRead(string hub, ulong lagMilliseconds) => _lag[hub] = lagMilliseconds / 1000.0;
}
