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
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CatchUp = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Stillness = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private readonly Scenario _scenario;
    private readonly Peer _peer;
    private readonly RunningServer _server;
    private readonly RunSettings _settings;
    private readonly CancellationToken _cancel;
    private readonly PublishLedger _ledger;
    private readonly PublishLoop[] _publishers;
    private readonly StreamPool _pool;

    // Read by a thread of its own: what comes back in masses must not delay the reading of those whose latency is measured.
    private readonly StreamPool? _resumers;
    private volatile string? _publishFailure;

    // When publishers end; read by their threads, moved by the run's.
    private long _publishUntil;

    private LoadRun(Scenario scenario, Peer peer, RunningServer server, RunSettings settings, CancellationToken cancel)
    {
        _scenario = scenario;
        _peer = peer;
        _server = server;
        _settings = settings;
        _cancel = cancel;
        _ledger = new(scenario);
        string[] paths = [.. Enumerable.Range(0, scenario.Topics).Select(topic => peer.PublishPath(scenario.Topic(topic)))];
        _publishers = [.. Enumerable.Range(0, scenario.Publishers).Select(index => new PublishLoop(scenario, index, server.PublishTo, paths, _ledger))];
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
        foreach (var publisher in _publishers)
            publisher.Dispose();
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
            Sleep(_settings.Idle);
            idle = (_server.Processes.ResidentBytes - residentBefore) / 1024.0 / _scenario.Streams;
        }

        WarmUp();
        _resumers?.ConnectResumers(_scenario.Resumers, SubscribePath(0), lastId, _scenario.HistoryTrack, _scenario.History);

        var processes = _server.Processes;
        var cpu = processes.CpuSeconds;
        var ownCpu = Environment.CpuUsage.TotalTime;
        var bytes = Bytes;
        var start = Clock.Now;
        var publishing = StartPublishing(Phase.Measured, _settings.Measure);
        var catchUp = _resumers is null ? (double?)null : ResumeAll(_resumers, start);
        WaitForEnd(publishing);
        WaitForDeliveries();

        cpu = processes.CpuSeconds - cpu;
        ownCpu = Environment.CpuUsage.TotalTime - ownCpu;
        bytes = Bytes - bytes;
        var elapsed = Clock.ToSeconds(Math.Max(_pool.LastDelivery, _resumers?.LastDelivery ?? 0) - start);
        var resident = processes.ResidentBytes;
        // What else the machine does may have freed more than this took.
        var sockets = Math.Max(0, SocketMemory.Read() - socketsBefore);
        _pool.Stop();
        _resumers?.Stop();
        ThrowIfFailed();
        foreach (var stream in _pool.Streams)
            stream.Check.Finish(_ledger.Published);
        return Sum(cpu, ownCpu.TotalSeconds, bytes, elapsed, resident, sockets) with { IdleKilobytes = idle, CatchUpSeconds = catchUp };
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
            WaitFor(() => pool.Heads == WarmUpStreams, () => $"Of {WarmUpStreams} streams, {pool.Heads} were answered.");
            for (var i = 0; i < WarmUpStreams; i++)
                _publishers[0].PublishWarmUp(topic: 0);
            WaitFor(() => pool.Warm == WarmUpStreams, () => $"Of {WarmUpStreams} streams, {pool.Warm} received anything.");
        }

        Sleep(_settings.Settle);
        return _server.Processes.ResidentBytes;
    }

    /// <summary>Publishes what resumers will have missed.</summary>
    /// <returns>The id of the event before it.</returns>
    private string PublishHistory()
    {
        using var pool = new StreamPool(_server.SubscribeTo, capacity: 1, _scenario.DataLength);
        pool.Open(SubscribePath(0), new(0, _scenario.Tracks), keepsId: true);
        WaitFor(() => pool.Heads == 1, static () => "A stream was not answered.");
        Sleep(_settings.Settle);
        _publishers[0].PublishWarmUp(topic: 0);
        WaitFor(() => pool.Warm == 1, static () => "A stream received nothing.");
        pool.Stop();
        _publishers[0].PublishHistory();
        return pool.Streams[0].Scanner.LastId is { Length: > 0 } id ? id : throw new RunFailedException("Its events have no ids.");
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
            WaitFor(() => opened - _pool.Heads < OpeningAtOnce, Unanswered);
        }

        WaitFor(() => _pool.Heads == opened, Unanswered);
        // The head of a response may be sent before the stream takes part.
        Sleep(_settings.Settle);

        string Unanswered() => $"Of {opened} streams, {_pool.Heads} were answered.";
    }

    private void WarmUp()
    {
        var streams = _pool.Heads;
        WaitForEnd(StartPublishing(Phase.WarmUp, _settings.WarmUp));
        // A short warm-up may not have reached every topic, and a server of several processes may take its time to tell all of them of a stream.
        WaitFor(
            () =>
            {
                for (var topic = 0; topic < _scenario.Topics && _pool.Warm < streams; topic += _scenario.TopicsPerStream)
                    _publishers[0].PublishWarmUp(topic);
                return _pool.Warm == streams;
            },
            () => $"Of {streams} streams, {_pool.Warm} received anything.",
            pause: _settings.Settle);

        // What is still on its way would be paid for by the measured part.
        var bytes = -1L;
        WaitFor(
            () =>
            {
                var before = bytes;
                bytes = _pool.Bytes;
                return before == bytes;
            },
            static () => "The server did not come to rest after the warm-up.",
            pause: _settings.Settle);
    }

    private Task StartPublishing(Phase phase, TimeSpan duration)
    {
        var from = Clock.Now;
        Volatile.Write(ref _publishUntil, from + Clock.FromSeconds(duration.TotalSeconds));
        return Task.WhenAll(_publishers.Select(publisher => Task.Factory.StartNew(
            () =>
            {
                try
                {
                    if (_scenario.Rate is { } rate)
                        publisher.RunPaced(phase, from, PublishUntil, rate, _cancel);
                    else
                        publisher.RunSaturated(phase, PublishUntil, () => Outstanding(phase), _cancel);
                }
                catch (IOException e)
                {
                    _publishFailure = e.Message;
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
    }

    private long PublishUntil() => Volatile.Read(ref _publishUntil);

    private long Outstanding(Phase phase) =>
        phase == Phase.Measured ? _ledger.Deliveries - _pool.Received : _ledger.WarmDeliveries - _pool.WarmReceived;

    private double ResumeAll(StreamPool resumers, long publishingSince)
    {
        _pool.RecordsLatency = false;
        // Others receive as before until the last one has caught up, however long that takes.
        Volatile.Write(ref _publishUntil, long.MaxValue);
        Sleep(_settings.Measure / 5);
        var start = Clock.Now;
        _pool.RecordsLatency = true;
        resumers.Resume(_ledger.NextNumber(track: 0));
        WaitFor(
            () => resumers.Resuming == 0,
            () => $"Of {_scenario.Resumers} clients that came back, {resumers.Resuming} did not catch up within {CatchUp.TotalSeconds} s.",
            patience: CatchUp);
        _pool.RecordsLatency = false;
        var end = Clock.Now;
        Volatile.Write(ref _publishUntil, Math.Max(end, publishingSince + Clock.FromSeconds(_settings.Measure.TotalSeconds)));
        return Clock.ToSeconds(end - start);
    }

    /// <summary>Waits until everything has come, or nothing has for a while.</summary>
    private void WaitForDeliveries()
    {
        var received = -1L;
        for (var still = Clock.Now; _pool.Received < _ledger.Deliveries && Clock.ToSeconds(Clock.Now - still) < Stillness.TotalSeconds;)
        {
            ThrowIfFailed();
            if (_pool.Received != received)
                (received, still) = (_pool.Received, Clock.Now);
            Sleep(Pause);
        }

        if (_pool.Received == 0)
            throw new RunFailedException("Nothing was received.");
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
            wrong += stream.Check.Foreign + stream.Scanner.Corrupt;
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
            Wrong = wrong,
            Ended = _pool.Ended + (_resumers?.Ended ?? 0),
        };
    }

    private void WaitFor(Func<bool> condition, Func<string> otherwise, TimeSpan? pause = null, TimeSpan? patience = null)
    {
        for (var deadline = Clock.Now + Clock.FromSeconds((patience ?? Patience).TotalSeconds); !condition();)
        {
            ThrowIfFailed();
            if (Clock.Now > deadline)
                throw new RunFailedException(otherwise());
            Sleep(pause ?? Pause);
        }
    }

    /// <summary>Publishers end by their own clocks.</summary>
    private void WaitForEnd(Task publishing)
    {
        while (!publishing.IsCompleted)
        {
            ThrowIfFailed();
            Sleep(Pause);
        }

        ThrowIfFailed();
    }

    private void ThrowIfFailed()
    {
        _cancel.ThrowIfCancellationRequested();
        if ((_pool.Failure ?? _resumers?.Failure) is { } failure)
            throw new RunFailedException(failure);
        if (_publishFailure is { } publishing)
            throw new RunFailedException(publishing);
        if (!_server.IsRunning)
            throw new RunFailedException("The server ended.");
    }

    private void Sleep(TimeSpan time)
    {
        if (_cancel.WaitHandle.WaitOne(time))
            _cancel.ThrowIfCancellationRequested();
    }
}
