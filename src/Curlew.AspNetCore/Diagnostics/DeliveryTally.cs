namespace Curlew;

/// <summary>How much the streams of one hub, or those of none, were sent. Counted at every delivery and read when somebody looks. Thread-safe.</summary>
internal sealed class DeliveryTally
{
    private long _delivered;
    private long _replayed;

    public long Delivered => Interlocked.Read(ref _delivered);

    public long Replayed => Interlocked.Read(ref _replayed);

    public void Add(int events, bool isReplay = false)
    {
        Interlocked.Add(ref _delivered, events);
        if (isReplay)
            Interlocked.Add(ref _replayed, events);
    }
}
