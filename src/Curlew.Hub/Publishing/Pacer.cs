namespace Curlew.Hub.Publishing;

/// <summary>Spaces events evenly: each has its moment, one interval after the one before. Not thread-safe.</summary>
internal sealed class Pacer(double perSecond, TimeProvider time)
{
    // Timers are late by a millisecond or so; as much is made up for, so that the rate is kept. A longer hold-up (an idle input,
    // a hub that is away) is not: its events would come as a burst.
    private static readonly TimeSpan MadeUpFor = TimeSpan.FromMilliseconds(50);

    private readonly TimeSpan _interval = TimeSpan.FromSeconds(1 / perSecond);
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _next = TimeSpan.MinValue;

    /// <summary>Waits for the next event's moment.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        var now = time.GetElapsedTime(_start);
        if (_next < now - MadeUpFor)
            _next = now;
        var wait = _next - now;
        _next += _interval;
        return wait < TimeSpan.FromMilliseconds(1) ? Task.CompletedTask : Task.Delay(wait, time, cancellationToken);
    }
}
