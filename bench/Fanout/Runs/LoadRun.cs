using System.Net.Sockets;
using Curlew.Bench.Fanout.Linux;
using Curlew.Bench.Fanout.Load;
using Curlew.Bench.Fanout.Servers;

namespace Curlew.Bench.Fanout.Runs;

/// <summary>One scenario against one server that has just been started: opens the streams, warms up, measures, checks.</summary>
internal sealed class LoadRun : IDisposable
{
    private const int OpeningAtOnce = 256;
    private const int WarmUpStreams = 200;
    private static readonly TimeSpan CatchUp = TimeSpan.FromMinutes(2);

    private readonly Scenario _scenario;
    private readonly Peer _peer;
    private readonly RunningServer _server;
    private readonly RunSettings _settings;
    private readonly RunWait _wait;
    private readonly PublishLedger _ledger;
    private readonly Publishers _publishers;
    private readonly StreamPool _pool;

    // Read by a thread of its own: what comes back in masses must not delay the reading of those whose latency is measured.
    private readonly StreamPool? _resumers;

    private LoadRun(Scenario scenario, Peer peer, RunningServer server, RunSettings settings, CancellationToken cancel)
    {
        _scenario = scenario;
        _peer = peer;
        _server = server;
        _settings = settings;
        _wait = new(FindFailure, cancel);
        _ledger = new(scenario);
        string[] paths = [.. Enumerable.Range(0, scenario.Topics).Select(topic => peer.PublishPath(scenario.Topic(topic)))];
        _publishers = new([.. Enumerable.Range(0, scenario.Publishers).Select(index => new PublishLoop(scenario, index, server.PublishTo, paths, _ledger))], scenario.Rate, cancel);
        _pool = new(server.SubscribeTo, scenario.Streams, scenario.DataLength);
        _resumers = scenario.Resumers > 0 ? new(server.SubscribeTo, scenario.Resumers, scenario.DataLength) : null;
    }

    /// <summary>Starts the server, runs the scenario, stops the server.</summary>
    /// <exception cref="RunFailedException">There are no figures.</exception>
    /// <exception cref="OperationCanceledException">It was asked to end.</exception>
    public static Sample Run(Scenario scenario, Peer peer, RunSettings settings, CancellationToken cancel)
    {
        using var server = RunningServer.Start(peer, scenario, cancel);
        try
        {
            using var run = new LoadRun(scenario, peer, server, settings, cancel);
            return run.Run();
        }
        catch (Exception e) when (e is IOException or SocketException or RunFailedException)
        {
            var reason = server.IsRunning ? e.Message : $"The server ended: {server.LastLines}";
            throw new RunFailedException(reason);
        }
    }

    public void Dispose()
    {
        _pool.Dispose();
        _resumers?.Dispose();
        _publishers.Dispose();
    }

    private Sample Run()
    {
        var socketsBefore = SocketMemory.Read();
        var residentBefore = _scenario.MeasuresIdle ? MeasureWithoutStreams() : 0;
        var lastId = _resumers is null ? "" : PublishHistory();
        OpenStreams();
        double? idle = null;
        if (_scenario.MeasuresIdle)
        {
            _wait.Sleep(_settings.Idle);
            idle = (_server.Processes.ResidentBytes - residentBefore) / 1024.0 / _scenario.Streams;
        }

        WarmUp();
        _resumers?.ConnectResumers(_scenario.Resumers, SubscribePath(0), lastId, _scenario.HistoryTrack, _scenario.History);

        var processes = _server.Processes;
        var store = _server.Store;
        var cpu = processes.CpuSeconds;
        var storeCpu = store?.CpuSeconds;
        var ownCpu = Environment.CpuUsage.TotalTime;
        var bytes = Bytes;
        var start = Clock.Now;
        var publishing = StartPublishing(Phase.Measured, _settings.Measure);
        var catchUp = _resumers is null ? (double?)null : ResumeAll(_resumers, start);
        _wait.ForEnd(publishing);
        _wait.ForAll(() => _pool.Received, () => _ledger.Deliveries);
        if (_pool.Received == 0)
            throw new RunFailedException("Nothing was received.");

        cpu = processes.CpuSeconds - cpu;
        storeCpu = store?.CpuSeconds - storeCpu;
        ownCpu = Environment.CpuUsage.TotalTime - ownCpu;
        bytes = Bytes - bytes;
        var elapsed = Clock.ToSeconds(Math.Max(_pool.LastDelivery, _resumers?.LastDelivery ?? 0) - start);
        var resident = processes.ResidentBytes;
        // What else the machine does may have freed more than this took.
        var sockets = Math.Max(0, SocketMemory.Read() - socketsBefore);
        _pool.Stop();
        _resumers?.Stop();
        _wait.ThrowIfFailed();
        foreach (var stream in _pool.Streams)
            stream.Check.Finish(_ledger.Published);
        var sample = Sum(cpu, ownCpu.TotalSeconds, bytes, elapsed, resident, sockets);
        return sample with { IdleKilobytes = idle, CatchUpSeconds = catchUp, StoreMicroseconds = storeCpu * 1e6 / sample.Deliveries };
    }

    private long Bytes => _pool.Bytes + (_resumers?.Bytes ?? 0);

    private string SubscribePath(int stream) => _peer.SubscribePath(_scenario.FiltersOf(stream));

    /// <summary>What the server's memory is when it has served streams and has none.</summary>
    private long MeasureWithoutStreams()
    {
        using (var pool = new StreamPool(_server.SubscribeTo, WarmUpStreams, _scenario.DataLength))
        {
            for (var i = 0; i < WarmUpStreams; i++)
                pool.Open(SubscribePath(0), new(0, _scenario.Publishers));
            _wait.For(() => pool.Heads == WarmUpStreams, () => $"Of {WarmUpStreams} streams, {pool.Heads} were answered.");
            for (var i = 0; i < WarmUpStreams; i++)
                _publishers.First.PublishWarmUp(topic: 0);
            PublishUntilWarm(pool, WarmUpStreams);
        }

        _wait.Sleep(_settings.Settle);
        return _server.Processes.ResidentBytes;
    }

    /// <summary>Publishes until every stream has received something: a server may answer one before what is published reaches it.</summary>
    private void PublishUntilWarm(StreamPool pool, int streams)
    {
        _wait.For(
            () =>
            {
                if (pool.Warm < streams)
                    _publishers.First.PublishWarmUp(topic: 0);
                return pool.Warm == streams;
            },
            () => $"Of {streams} streams, {pool.Warm} received anything.",
            pause: _settings.Settle);
    }

    /// <summary>Publishes what resumers will have missed.</summary>
    /// <returns>The id of the event before it.</returns>
    private string PublishHistory()
    {
        using var pool = new StreamPool(_server.SubscribeTo, capacity: 1, _scenario.DataLength);
        pool.Open(SubscribePath(0), new(0, _scenario.Tracks), keepsId: true);
        _wait.For(() => pool.Heads == 1, static () => "A stream was not answered.");
        _wait.Sleep(_settings.Settle);
        PublishUntilWarm(pool, 1);
        var id = pool.Streams[0].Scanner.LastId;
        _publishers.First.PublishHistory();
        // Where events go from one process to another they may have been accepted and not yet have come: streams would begin in their midst.
        _wait.For(() => pool.Received >= _scenario.History, () => $"Of {_scenario.History} events of the history, {pool.Received} came.");
        return id.Length > 0 ? id : throw new RunFailedException("Its events have no ids.");
    }

    private void OpenStreams()
    {
        var opened = 0;
        for (var i = 0; i < _scenario.Streams; i++)
        {
            var check = new SequenceCheck(_scenario.FirstTopicOf(i) * _scenario.Publishers, _scenario.TopicsPerStream * _scenario.Publishers);
            if (_scenario.IsStalled(i))
            {
                _pool.OpenStalled(SubscribePath(i), check);
                continue;
            }

            _pool.Open(SubscribePath(i), check);
            opened++;
            _wait.For(() => opened - _pool.Heads < OpeningAtOnce, Unanswered);
        }

        _wait.For(() => _pool.Heads == opened, Unanswered);
        // The head of a response may be sent before the stream takes part.
        _wait.Sleep(_settings.Settle);

        string Unanswered() => $"Of {opened} streams, {_pool.Heads} were answered.";
    }

    private void WarmUp()
    {
        var streams = _pool.Heads;
        _wait.ForEnd(StartPublishing(Phase.WarmUp, _settings.WarmUp));
        // A short warm-up may not have reached every topic, and a server of several processes may take its time to tell all of them of a stream.
        _wait.For(
            () =>
            {
                for (var topic = 0; topic < _scenario.Topics && _pool.Warm < streams; topic += _scenario.TopicsPerStream)
                    _publishers.First.PublishWarmUp(topic);
                return _pool.Warm == streams;
            },
            () => $"Of {streams} streams, {_pool.Warm} received anything.",
            pause: _settings.Settle);

        // What is still on its way would be paid for by the measured part.
        var bytes = -1L;
        _wait.For(
            () =>
            {
                var before = bytes;
                bytes = _pool.Bytes;
                return before == bytes;
            },
            static () => "The server did not come to rest after the warm-up.",
            pause: _settings.Settle);
    }

    private Task StartPublishing(Phase phase, TimeSpan duration) => _publishers.Start(phase, duration, () => Outstanding(phase));

    private long Outstanding(Phase phase) =>
        phase == Phase.Measured ? _ledger.Deliveries - _pool.Received : _ledger.WarmDeliveries - _pool.WarmReceived;

    private double ResumeAll(StreamPool resumers, long publishingSince)
    {
        _pool.RecordsLatency = false;
        // Others receive as before until the last one has caught up, however long that takes.
        _publishers.Until = long.MaxValue;
        _wait.Sleep(_settings.Measure / 5);
        var start = Clock.Now;
        _pool.RecordsLatency = true;
        resumers.Resume(_ledger.NextNumber(track: 0));
        _wait.For(
            () => resumers.Resuming == 0,
            () => $"Of {_scenario.Resumers} clients that came back, {resumers.Resuming} did not catch up within {CatchUp.TotalSeconds} s.",
            patience: CatchUp);
        _pool.RecordsLatency = false;
        var end = Clock.Now;
        _publishers.Until = Math.Max(end, publishingSince + Clock.FromSeconds(_settings.Measure.TotalSeconds));
        return Clock.ToSeconds(end - start);
    }

    private Sample Sum(double cpu, double ownCpu, long bytes, double elapsed, long resident, long sockets)
    {
        var deliveries = _pool.Received + (_resumers?.Received ?? 0);
        var (lost, disordered, wrong) = (0L, 0L, 0L);
        OpenStream[] streams = [.. _pool.Streams, .. _resumers is null ? [] : _resumers.Streams];
        foreach (var stream in streams)
        {
            lost += stream.Check.Lost;
            disordered += stream.Check.Disordered;
            wrong += stream.Check.Foreign;
        }

        return new()
        {
            Deliveries = deliveries,
            DeliveriesPerSecond = deliveries / elapsed,
            ServerMicroseconds = cpu * 1e6 / deliveries,
            GeneratorMicroseconds = ownCpu * 1e6 / deliveries,
            MedianMilliseconds = _pool.Latency.Percentile(0.5) / 1e6,
            P99Milliseconds = _pool.Latency.Percentile(0.99) / 1e6,
            MaxMilliseconds = _pool.Latency.Max / 1e6,
            BytesPerDelivery = (double)bytes / deliveries,
            ResidentMegabytes = resident / 1024.0 / 1024,
            SocketMegabytes = sockets / 1024.0 / 1024,
            Lost = lost,
            Disordered = disordered,
            Wrong = wrong + _pool.Corrupt + (_resumers?.Corrupt ?? 0),
            Ended = _pool.Ended + (_resumers?.Ended ?? 0),
        };
    }

    private string? FindFailure() => _pool.Failure ?? _resumers?.Failure ?? _publishers.Failure ?? (_server.IsRunning ? null : "The server ended.");
}
