namespace Curlew;

/// <summary>The reader of a subscription, which alone writes to its client.</summary>
internal interface ISubscriber
{
    /// <summary>
    /// Says that there may be something to read. Sticky: a wake while the reader is busy is seen when it next waits. Called under locks of the hub,
    /// so it only signals.
    /// </summary>
    void Wake();
}
