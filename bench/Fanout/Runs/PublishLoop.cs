using System.Net;
using Curlew.Bench.Fanout.Linux;
using Curlew.Bench.Fanout.Load;

namespace Curlew.Bench.Fanout.Runs;

/// <summary>
/// One publisher: goes through its events at their times, or as fast as the streams take them, over a connection of its own. Single-threaded.
/// </summary>
/// <remarks>
/// An event that is sent late, because the one before was not answered yet, keeps the time at which it was due: its lateness is part of its latency.
/// Where there is another server to go on at, events carry an idempotency key, and one that was under way when the first broke off is published again.
/// </remarks>
internal sealed class PublishLoop : IDisposable
{
    /// <summary>The most events that may be on their way when there is no rate. A server that had to store what nobody reads would be measured by its memory.</summary>
    public const int Window = 256;

    private static readonly long WindowPause = Clock.FromSeconds(0.000_05);

    private readonly Scenario _scenario;
    private readonly int _index;
    private readonly PublishLedger _ledger;
    private readonly IPEndPoint? _other;
    private readonly string[] _paths;
    private readonly byte[] _data;
    private readonly long _stride;
    private PublishConnection _connection;
    private bool _hasMoved;
    private long _count;

    /// <param name="scenario">The load.</param>
    /// <param name="index">Which of its publishers this is.</param>
    /// <param name="server">Where it publishes.</param>
    /// <param name="paths">Where to, by topic.</param>
    /// <param name="ledger">Where it notes what it publishes.</param>
    /// <param name="other">Where it goes on when the server breaks off; null if it does not.</param>
    public PublishLoop(Scenario scenario, int index, IPEndPoint server, string[] paths, PublishLedger ledger, IPEndPoint? other = null)
    {
        _scenario = scenario;
        _index = index;
        _ledger = ledger;
        _paths = paths;
        _other = other;
        _data = new byte[scenario.DataLength];
        _connection = new(server, scenario.DataLength);
        // Neighbours among topics belong to the same streams; steps of about the golden ratio keep them apart.
        _stride = Math.Max(1, (long)(scenario.Topics * 0.618));
        while (_stride > 1 && Gcd(_stride, scenario.Topics) != 1)
            _stride--;
    }

    /// <summary>Whether it goes on at the other server.</summary>
    public bool HasMoved => _hasMoved;

    /// <summary>Publishes from one time to another, each event when it is due.</summary>
    public void RunPaced(Phase phase, long from, Func<long> until, double rate, CancellationToken cancel)
    {
        var interval = _scenario.Publishers / rate;
        for (var i = 0L; !cancel.IsCancellationRequested; i++)
        {
            var due = from + Clock.FromSeconds((i * interval) + (_index * interval / _scenario.Publishers));
            if (due >= until())
                return;
            Clock.WaitUntil(due);
            PublishNext(phase, due);
        }
    }

    /// <summary>Publishes until a time, as long as not more than a window's worth of deliveries is outstanding.</summary>
    /// <param name="phase">What the events are for.</param>
    /// <param name="until">When to end.</param>
    /// <param name="outstanding">How many deliveries are outstanding.</param>
    /// <param name="cancel">Ends it before.</param>
    public void RunSaturated(Phase phase, Func<long> until, Func<long> outstanding, CancellationToken cancel)
    {
        var window = (long)Window * _scenario.ReadersOf(0);
        while (Clock.Now < until() && !cancel.IsCancellationRequested)
        {
            if (outstanding() >= window)
                Clock.WaitUntil(Clock.Now + WindowPause);
            else
                PublishNext(phase, Clock.Now);
        }
    }

    /// <summary>Publishes the history that resumers will ask for.</summary>
    public void PublishHistory()
    {
        for (var i = 0; i < _scenario.History; i++)
            Publish(new(Phase.Measured, _scenario.HistoryTrack, i, Clock.Now), topic: 0);
    }

    /// <summary>Publishes one event to a topic that is not checked.</summary>
    public void PublishWarmUp(int topic) => Publish(new(Phase.WarmUp, 0, 0, Clock.Now), topic);

    public void Dispose() => _connection.Dispose();

    private static long Gcd(long a, long b) => b == 0 ? a : Gcd(b, a % b);

    private void PublishNext(Phase phase, long due)
    {
        var topic = (int)(_count++ * _stride % _scenario.Topics);
        var track = (topic * _scenario.Publishers) + _index;
        var number = 0;
        if (phase == Phase.Measured)
        {
            number = _ledger.NextNumber(track);
            _ledger.Add(track, topic);
        }
        else
        {
            _ledger.AddWarmUp(topic);
        }

        Publish(new(phase, track, number, due), topic);
    }

    private void Publish(Stamp stamp, int topic)
    {
        stamp.Write(_data);
        // The events of a warm-up are all alike, and are not checked.
        var key = _other is null || stamp.Phase == Phase.WarmUp ? "" : $"{stamp.Track}.{stamp.Number}";
        try
        {
            _connection.Publish(_paths[topic], _data, key);
        }
        catch (IOException) when (_other is not null && !_hasMoved)
        {
            _hasMoved = true;
            _connection.Dispose();
            _connection = new(_other, _data.Length);
            _connection.Publish(_paths[topic], _data, key);
        }
    }
}
