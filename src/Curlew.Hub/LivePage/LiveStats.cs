using System.Diagnostics.Metrics;

namespace Curlew.Hub.LivePage;

/// <summary>The few figures that the live page plots, read from the meter <c>Curlew</c>.</summary>
internal sealed class LiveStats : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly TimeProvider _time;
    private readonly long _started;
    // One observation at a time, so that the gauge's sum is of one round.
    private readonly Lock _observing = new();
    private long _connections;
    private long _published;
    private long _delivered;
    private long _retained;

    public LiveStats(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        _started = time.GetTimestamp();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Curlew" && ReferenceEquals(instrument.Meter.Scope, meters))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            switch (instrument.Name)
            {
                case "curlew.connections.active":
                    Interlocked.Add(ref _connections, value);
                    break;
                case "curlew.events.published":
                    Interlocked.Add(ref _published, value);
                    break;
                case "curlew.events.delivered":
                    _delivered += value;
                    break;
                case "curlew.events.retained":
                    Interlocked.Add(ref _retained, value);
                    break;
                default:
                    break;
            }
        });
        _listener.Start();
    }

    public Stats Read()
    {
        lock (_observing)
        {
            _retained = _delivered = 0;
            _listener.RecordObservableInstruments();
            return new(
                Interlocked.Read(ref _connections),
                Interlocked.Read(ref _published),
                _delivered,
                _retained,
                _time.GetElapsedTime(_started).TotalSeconds);
        }
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>What has happened since the start, and what there is now.</summary>
    internal sealed record Stats(long Connections, long Published, long Delivered, long Retained, double UptimeSeconds, LiveConnections? List = null);
}
