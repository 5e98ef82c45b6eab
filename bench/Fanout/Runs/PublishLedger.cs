namespace Curlew.Bench.Fanout.Runs;

/// <summary>What has been published and counts. Each track has one publisher, the only one that writes its entry; the sums are for all threads.</summary>
internal sealed class PublishLedger(Scenario scenario)
{
    private readonly int[] _readers = [.. Enumerable.Range(0, scenario.Topics).Select(scenario.ReadersOf)];
    private readonly int[] _published = new int[scenario.Tracks];
    private long _deliveries;
    private long _warmDeliveries;

    /// <summary>How many times the events must be received.</summary>
    public long Deliveries => Volatile.Read(ref _deliveries);

    /// <summary>How many times the events of the warm-up are received, if every stream is there.</summary>
    public long WarmDeliveries => Volatile.Read(ref _warmDeliveries);

    /// <summary>Events published, by track.</summary>
    public ReadOnlySpan<int> Published => _published;

    /// <summary>The number of a track's next event.</summary>
    public int NextNumber(int track) => Volatile.Read(ref _published[track]);

    /// <summary>Notes an event of the warm-up.</summary>
    public void AddWarmUp(int topic) => Interlocked.Add(ref _warmDeliveries, _readers[topic]);

    /// <summary>Notes an event before it is sent: no stream may have it before it is expected.</summary>
    public void Add(int track, int topic)
    {
        Volatile.Write(ref _published[track], _published[track] + 1);
        Interlocked.Add(ref _deliveries, _readers[topic]);
    }
}
