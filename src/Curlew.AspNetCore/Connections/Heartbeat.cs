using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>
/// The one timer of all connections. At each tick it asks the idle ones for a keep-alive, ends those past their age, and cuts those whose write is stuck.
/// It only signals: a connection's own loop writes.
/// </summary>
internal sealed class Heartbeat(ConnectionRegistry connections, ConnectionClock clock, TimeProvider time, IOptions<CurlewOptions> options) : IDisposable
{
    private static readonly TimeSpan MaxInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(25);

    // Guards the timer and its interval.
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private TimeSpan _interval = MaxInterval;

    /// <summary>Starts ticking: every second, or more often where an interval in the options asks for it.</summary>
    public void Start()
    {
        Measure(options.Value.KeepAlive);
        Measure(options.Value.WriteTimeout);
        lock (_lock)
            _timer = time.CreateTimer(static state => ((Heartbeat)state!).Tick(), this, _interval, _interval);
    }

    /// <summary>Ticks often enough from here on to measure an interval, to within a quarter of it.</summary>
    public void Measure(TimeSpan interval)
    {
        lock (_lock)
        {
            if (interval / 4 >= _interval || _interval <= MinInterval)
                return;
            _interval = interval / 4 > MinInterval ? interval / 4 : MinInterval;
            _timer?.Change(_interval, _interval);
        }
    }

    public void Dispose() => _timer?.Dispose();

    internal void Tick()
    {
        var tick = new TickState(options.Value, clock, []);
        connections.ForEach(static (connection, tick) => tick.Visit(connection), tick);
        // Outside the registry's lock: an abort runs other people's callbacks.
        foreach (var connection in tick.Stuck)
            connection.Abort(CloseReason.WriteTimeout);
    }

    private sealed record TickState(CurlewOptions Options, ConnectionClock Clock, List<EventStreamConnection> Stuck)
    {
        private readonly long _now = Clock.Now;

        public void Visit(EventStreamConnection connection)
        {
            if (connection.FlushingSince is var since and not 0)
            {
                if (Clock.Between(since, _now) >= Options.WriteTimeout)
                    Stuck.Add(connection);
            }
            else if (_now >= connection.ExpiresAt)
            {
                connection.Close(CloseReason.MaxAge);
            }
            else if (Clock.Between(connection.LastWrite, _now) >= (connection.KeepAlive ?? Options.KeepAlive))
            {
                connection.RequestKeepAlive();
            }
        }
    }
}
