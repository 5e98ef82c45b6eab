using System.Globalization;

namespace Curlew.Tests.Simulation;

/// <summary>
/// One random schedule: a store, the nodes over it, their clients, and what each of them does next, all decided by the seed. One thread, no waiting:
/// the engine's synchronous core is driven a lock at a time.
/// </summary>
internal sealed partial class Schedule
{
    private readonly Random _random;
    private readonly Action<string>? _trace;
    private readonly ManualTimeProvider _time = new();
    private readonly HubOptions _options;
    private readonly EventModel _model = new();
    private readonly List<SimulatedNode> _nodes = [];
    private readonly List<SimulatedClient> _clients = [];
    private readonly List<SimulatedConnection> _connections = [];
    private readonly List<(int Weight, Func<string?> Do)> _steps = [];
    private readonly CurlewMetrics _metrics;
    private readonly int _largeEvents;
    private readonly List<string> _keys = [];
    private int _connected;
    private int _started;

    public Schedule(int seed, bool isStored, CurlewMetrics metrics, Action<string>? trace)
    {
        _random = new Random(seed);
        _metrics = metrics;
        _trace = trace;
        _largeEvents = _random.Next(5) == 0 ? 40_000 : 0;
        _options = new()
        {
            QueueBytes = Pick(1, _random.Next(50, 400), _random.Next(400, 4000), 256 * 1024),
            WindowBytes = Pick(1, _random.Next(200, 2000), _random.Next(2000, 10_000)),
            History = isStored || _random.Next(12) > 0,
        };
        _options.Retention.MaxEvents = Pick(_random.Next(1, 6), _random.Next(6, 40), _random.Next(6, 40), 100_000);
        _options.Retention.MaxBytes = Pick(_random.Next(100, 4000), _random.Next(4000, 200_000), Retention.DefaultMaxBytes);
        _options.Retention.MaxAge = _random.Next(4) == 0 ? TimeSpan.FromMilliseconds(_random.Next(500, 20_000)) : null;
        Store = isStored ? new StoredStore(_options, _time, _model, _random.Next(1, 9)) : new MemoryStore(new MemoryEventLog(_options, _time), _model);
        for (var i = isStored ? _random.Next(1, 4) : 1; i > 0; i--)
            AddNode();
        for (var i = _random.Next(1, 6); i > 0; i--)
            _clients.Add(new($"client{i}", Wish.Random(_random), (SlowConsumerPolicy)_random.Next(3), _options.History, _model, Store));
        Trace($"{(isStored ? "stored" : "memory")}, queue {_options.QueueBytes}, window {_options.WindowBytes}, retention {_options.Retention.MaxEvents} events, "
            + $"{_options.Retention.MaxBytes} bytes, {_options.Retention.MaxAge}; {string.Join("; ", _clients.Select(client => $"{client}: {client.Wish}, {client.Policy}"))}");
        AddSteps(isStored);
    }

    public SimulatedStore Store { get; }

    public int Received => _clients.Sum(static client => client.Received);

    public void Run()
    {
        var total = _steps.Sum(static step => step.Weight);
        for (var i = _random.Next(50, 500); i > 0; i--)
        {
            var at = _random.Next(total);
            var chosen = 0;
            while ((at -= _steps[chosen].Weight) >= 0)
                chosen++;
            if (_steps[chosen].Do() is { } what)
                Trace(what);
            Settle();
        }

        BecomeQuiet();
        CheckComplete();
        // Whoever is connected must still be reached.
        Publish();
        BecomeQuiet();
        CheckComplete();
        Leave();
    }

    public void Trace(string what) => _trace?.Invoke(what);

    private void AddSteps(bool isStored)
    {
        // Each seed has a rhythm of its own: some publish much and read little, some do the opposite.
        Add(6, Publish);
        Add(6, Tail);
        Add(12, StepConnection);
        Add(6, Flush);
        Add(3, Connect);
        Add(2, Vanish);
        Add(2, Notice);
        Add(1, Stall);
        Add(2, Tick);
        Add(3, AskForKeepAlive);
        Add(1, Trim);
        Add(2, PassTime);
        if (!isStored)
            return;
        // A slow store keeps many waiting while other things happen.
        Add(Pick(1, 4, 12), Answer);
        Add(6, Tail);
        Add(2, () => Store.Trim(_random) is { } what ? "the store trims " + what : null);
        if (_random.Next(2) == 0)
            _steps.Add((_random.Next(1, 6), Lose));
        if (_random.Next(3) == 0)
            _steps.Add((1, RestartNode));

        void Add(int weight, Func<string?> step) => _steps.Add((weight * _random.Next(1, 8), step));
    }

    private T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];

    private T? PickFrom<T>(IEnumerable<T> choices)
        where T : class
    {
        T[] all = [.. choices];
        return all.Length == 0 ? null : all[_random.Next(all.Length)];
    }

    private void AddNode()
    {
        var node = new SimulatedNode(string.Create(CultureInfo.InvariantCulture, $"node{_started++}"), Store, _options, _time, _metrics);
        _nodes.Add(node);
        node.IsOpen = node.Opening.IsCompletedSuccessfully;
    }

    private string Publish()
    {
        var batch = new NewEvent[_random.Next(3) == 0 ? _random.Next(2, 12) : 1];
        for (var i = 0; i < batch.Length; i++)
        {
            string[] topics = [.. _random.GetItems(Wish.Topics, _random.Next(4) == 0 ? _random.Next(2, 5) : 1).Distinct(StringComparer.Ordinal)];
            var padding = _largeEvents > 0 && _random.Next(3) == 0 ? _random.Next(_largeEvents) : _random.Next(30);
            var data = $"{_model.NextNumber + i} {new string('.', padding)}";
            batch[i] = NewEvent.ForReserved(topics, Pick(Wish.Types), NewEvent.Encode(data), retry: null);
        }

        string? key = null;
        if (_random.Next(8) == 0)
        {
            if (_keys.Count == 0 || _random.Next(2) == 0)
                _keys.Add($"key{_keys.Count}");
            key = _keys[_random.Next(_keys.Count)];
        }

        var before = _model.Count;
        Store.Append(batch, key);
        return $"publishes {(key is null ? "" : key + ": ")}{string.Join("; ", Enumerable.Range(before, _model.Count - before).Select(_model.At))}";
    }

    private string? Tail() => PickFrom(_nodes.Where(static node => node.IsOpen)) is { } node ? Tail(node) : null;

    private string? Tail(SimulatedNode node)
    {
        if (!node.HasPage)
        {
            if (Store.TryTail(node) is not { } page)
                return node.TailRead is null ? null : $"{node.Name}: the tail has read events";
            node.TakePage(page, _random);
            return $"{node.Name}: the tail has a page of {page.Page.Frames.Count}, trimmed through {page.Page.Bounds.TrimmedThrough}{(page.Page.IsReset ? ", reset" : "")}";
        }

        var resets = node.Resets;
        var part = node.RoutePart();
        _model.NoteTrimmedThrough(Store.Bounds.TrimmedThrough);
        if (node.Resets > resets)
        {
            foreach (var connection in _connections.Where(connection => connection.Node == node && connection.Subscription is not null && !connection.IsClosed))
                connection.OwesLostGap = !connection.HasEnded;
        }

        return $"{node.Name}: routes {string.Join(", ", part.Frames.Select(static frame => frame.Id))}";
    }

    private string? StepConnection()
    {
        var connection = PickFrom(_connections);
        return connection?.Step() is { } what ? $"{connection}: {what}" : null;
    }

    private string? Flush()
    {
        var connection = PickFrom(_connections.Where(static connection => connection.HasInFlight && !connection.IsStalled));
        return connection?.Flush() is { } what ? $"{connection}: flushed {what}" : null;
    }

    private string? Connect() => PickFrom(_clients.Where(static client => client.Connection is null)) is { } client ? Connect(client) : null;

    private string? Connect(SimulatedClient client)
    {
        // One at a time asks a node: of several who await one answer only one would go on in this thread.
        if (PickFrom(_nodes.Where(node => node.IsOpen && !_connections.Exists(other => other.Node == node && other.IsJoining))) is not { } node)
            return null;
        if (client.LastEventId is null || _random.Next(12) == 0)
            client.BeginAnew();
        var start = new Start(
            client.LastEventId is { } id ? StartPosition.After(id) : RandomStart(), node.Hub.Routed, Store.Bounds, node.Resets);
        _model.NoteTrimmedThrough(start.Bounds.TrimmedThrough);
        var connection = new SimulatedConnection($"{client}@{node.Name}/{_connected++}", client, node, start, this, new CancellationTokenSource()) { WasKnownAtStart = start.After is { } after && _model.IsPosition(after) };
        client.Connection = connection;
        _connections.Add(connection);
        connection.Joining = node.Hub.SubscribeAsync(client.Wish.ToInterest(), start.Position, client.Policy, connection, CancellationToken.None).AsTask();
        return $"{connection}: asks {start}";
    }

    private StartPosition RandomStart()
    {
        if (!_options.History)
            return StartPosition.Now;
        switch (_random.Next(8))
        {
            case 0:
                return StartPosition.Last(_random.Next(1, 8));
            case 1:
                return StartPosition.Earliest;
            case 2:
                return StartPosition.Since(_time.GetUtcNow() + TimeSpan.FromMilliseconds(_random.Next(-6000, 1000)));
            case 3:
                return StartPosition.After(Pick("", "x", "-", "1", "01-1", "1-01", " 1-1", "1-1\n", "-1-1", "18446744073709551616-0", new string('1', 65), new string('1', 32) + "-" + new string('1', 32)));
            case 4:
                // Of another log, within what this one has seen; or above it.
                var about = _model.Count > 0 ? _model.At(_random.Next(_model.Count)).Id : Store.Bounds.Newest;
                return StartPosition.After(Pick(
                    new EventId(about.Milliseconds, about.Sequence + 1), new EventId(about.Milliseconds, ulong.MaxValue), EventId.Zero, about.Previous, about.Next,
                    new EventId(Store.Bounds.Newest.Milliseconds + 1_000_000, 0), EventId.MaxValue).ToString());
            default:
                return StartPosition.Now;
        }
    }

    private string? Vanish()
    {
        if (PickFrom(_clients.Where(static client => client.Connection is not null)) is not { Connection: { } connection } client)
            return null;
        var delivered = _random.Next(connection.InFlight + 1);
        var text = $"{connection}: the client vanishes, {delivered} of {connection.InFlight} blocks have reached it";
        connection.LoseClient(delivered);
        return text + $"; its last id is {client.LastEventId}";
    }

    private string? Notice()
    {
        if (PickFrom(_connections.Where(static connection => connection.Client is null)) is not { } connection)
            return null;
        connection.Close();
        return $"{connection}: noticed";
    }

    private string? Stall()
    {
        if (PickFrom(_connections) is not { } connection)
            return null;
        connection.IsStalled = !connection.IsStalled;
        return $"{connection}: {(connection.IsStalled ? "stalls" : "reads again")}";
    }

    private string? Tick()
    {
        if (PickFrom(_nodes.Where(static node => node.IsOpen)) is not { } node)
            return null;
        node.TickAsks.Clear();
        foreach (var connection in _connections.Where(connection => connection.Node == node && connection.Subscription is not null))
            node.TickAsks.Enqueue(connection);
        return $"{node.Name}: ticks";
    }

    private string? AskForKeepAlive()
    {
        if (PickFrom(_nodes.Where(static node => node.TickAsks.Count > 0)) is not { } node)
            return null;
        var connection = node.TickAsks.Dequeue();
        connection.Subscription!.RequestKeepAlive();
        return $"{connection}: asked for a keep-alive";
    }

    private string? Trim()
    {
        if (PickFrom(_nodes.Where(static node => node is { IsOpen: true, Trimming: null })) is not { } node)
            return null;
        node.Trimming = node.Hub.TrimAsync(CancellationToken.None).AsTask();
        return $"{node.Name}: enforces the retention";
    }

    private string PassTime()
    {
        var duration = TimeSpan.FromMilliseconds(_random.Next(4) == 0 ? _random.Next(3000) : _random.Next(20));
        _time.Advance(duration);
        return $"{duration.TotalMilliseconds} ms pass";
    }

    private string? Answer()
    {
        var node = _nodes[_random.Next(_nodes.Count)];
        return Store.Advance(node, _random, mayFail: node.IsOpen) is { } what ? $"{node.Name}: {what}" : null;
    }

    private string? Lose()
    {
        if (Store.Lose(_random) is not { } what)
            return null;
        Trace("the store loses " + what);
        var node = _nodes[_random.Next(_nodes.Count)];
        if (!node.IsOpen || _random.Next(2) == 0)
            return null;
        // A node that is told at once, while others still wait for what they asked before.
        while (node.Resets < Store.Resets)
        {
            if (Tail(node) is { } step)
                Trace(step);
        }

        return null;
    }

    private string RestartNode()
    {
        var node = _nodes[_random.Next(_nodes.Count)];
        foreach (var connection in _connections.Where(connection => connection.Node == node))
            connection.Close();
        _nodes.Remove(node);
        AddNode();
        return $"{node.Name} ends; a new node starts";
    }

    /// <summary>Sees what the step has completed.</summary>
    private void Settle()
    {
        _model.NoteTrimmedThrough(Store.Bounds.TrimmedThrough);
        foreach (var node in _nodes)
            Settle(node);
        foreach (var connection in _connections)
            connection.Poll();
        _connections.RemoveAll(static connection => connection.IsClosed);
    }

    private void Settle(SimulatedNode node)
    {
        if (!node.IsOpen && node.Opening.IsCompleted)
        {
            node.Opening.GetAwaiter().GetResult();
            node.IsOpen = true;
        }

        // Those who wait for the one read of the log that may be under way are let go on in the thread pool, one after the other. The schedule goes
        // on when none of them runs any more: each is done, or waits for the read that one of them has begun.
        if (node.Log is StoredLog log && !SpinWait.SpinUntil(() => log.HasReadUnderWay || !_connections.Exists(connection => connection.Node == node && connection.IsReadingLog), TimeSpan.FromSeconds(20)))
            throw new OracleException("a read of the log is stuck");

        if (node.Trimming is { IsCompleted: true } trimming)
        {
            node.Trimming = null;
            if (trimming.IsCompletedSuccessfully)
                CheckRefreshed(node);
        }
    }

    /// <summary>After the retention was enforced, no idle client may be left half-way out of it.</summary>
    private void CheckRefreshed(SimulatedNode node)
    {
        if (node.Resets != Store.Resets || !_options.History)
            return;
        var halfway = (node.Log is StoredLog log ? log.Trimmed : Store.Bounds).HalfwayThrough;
        halfway = halfway < node.Hub.Routed ? halfway : node.Hub.Routed;
        foreach (var connection in _connections)
        {
            if (connection.Node == node && connection is { IsQuiet: true, Client.LastId: { } last } && last < halfway)
                throw new OracleException($"{connection} is idle at {last}, below {halfway}, half-way out of the retention, and is not asked for a keep-alive");
        }
    }
}
