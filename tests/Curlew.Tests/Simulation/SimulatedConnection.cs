namespace Curlew.Tests.Simulation;

/// <summary>
/// A connection as the server has it: one writer, one flush in flight. It reads its subscription only after it was woken, as a real one does, so that a
/// wake-up that is lost stays lost. Its client may be gone without its knowing.
/// </summary>
internal sealed class SimulatedConnection(string name, SimulatedClient client, SimulatedNode node, Start start, Schedule schedule, CancellationTokenSource aborted) : ISubscriber
{
    private readonly FrameBatch _batch = new();
    private readonly FrameBatch _logBatch = new();
    private readonly List<Block> _inFlight = [];
    private bool _isWoken = true;
    private bool _isClosing;
    private Task<ReadStatus>? _logRead;
    private State _state;

    private enum State
    {
        Joining,
        Waiting,
        Reading,
        BelowWindow,
        ReadingLog,
        Idle,
        Ended,
        Closed,
    }

    public SimulatedClient? Client { get; private set; } = client;

    public SimulatedNode Node { get; } = node;

    public Start Start { get; } = start;

    public Task<Subscription>? Joining { get; set; }

    public Subscription? Subscription { get; private set; }

    /// <summary>The log's bounds when the subscription was there, and how many losses of the store the node knew of by then.</summary>
    public LogBounds JoinedBounds { get; private set; }

    public int JoinedResets { get; private set; }

    /// <summary>Whether the oracle has seen the first block, and whether it still lets the start be a later one.</summary>
    public bool IsJoinChecked { get; set; }

    public bool MayStartLater { get; set; } = start.TakesWhatIsThere;

    /// <summary>Whether the hub has said that the log lost events, so that this is the next thing to tell.</summary>
    public bool OwesLostGap { get; set; }

    public bool IsStalled { get; set; }

    /// <summary>Whether the last event id that was sent is one that the log had given.</summary>
    public bool WasKnownAtStart { get; init; }

    public bool HasEnded => _state == State.Ended;

    public bool IsClosed => _state == State.Closed;

    public bool IsJoining => _state == State.Joining;

    public bool IsReadingLog => _logRead is { IsCompleted: false };

    public bool IsQuiet => _state == State.Waiting && !_isWoken && _inFlight.Count == 0;

    public bool HasInFlight => _inFlight.Count > 0;

    public void Wake() => _isWoken = true;

    /// <summary>Sees what has been completed for it. Called after every step.</summary>
    public void Poll()
    {
        if (_state == State.Joining && Joining!.IsCompleted && _isClosing)
            Close();
        else if (_state == State.Joining && Joining!.IsCompleted)
            Join();
        if (_state == State.ReadingLog && _logRead!.IsCompleted)
            TakeLogRead();
    }

    /// <summary>Does what the writer does next, up to its next lock or wait.</summary>
    /// <returns>What it did, or <see langword="null"/> where it waits.</returns>
    public string? Step()
    {
        switch (_state)
        {
            case State.Waiting when _isWoken && _inFlight.Count == 0:
                _isWoken = false;
                return Read();
            case State.Reading when _inFlight.Count == 0:
                return Read();
            case State.BelowWindow:
                _state = State.ReadingLog;
                _logRead = Subscription!.ReadLogAsync(_logBatch, aborted.Token).AsTask();
                return "asks the log";
            case State.Idle:
                _state = State.Waiting;
                if (!Subscription!.TryTakeKeepAlive(out var position))
                    return "waits";
                Hand(new(null, position, schedule.Store.Bounds.TrimmedThrough, Node.Resets));
                return $"keeps alive with {position}";
            case State.Ended when _inFlight.Count == 0:
                Close();
                return "is closed: slow";
            default:
                return null;
        }
    }

    /// <summary>The pending flush has gone out: the client has what was in flight.</summary>
    public string? Flush()
    {
        // One flush follows both the window's part and the log's.
        if (_inFlight.Count == 0 || _state is State.BelowWindow or State.ReadingLog)
            return null;
        var what = string.Join(", ", _inFlight);
        foreach (var block in _inFlight)
            Client?.Accept(block, this);
        _inFlight.Clear();
        return what;
    }

    /// <summary>The client is gone; so many blocks of what was in flight have reached it. The server does not know it yet.</summary>
    public void LoseClient(int delivered)
    {
        foreach (var block in _inFlight.Take(delivered))
            Client!.Accept(block, this);
        if (_state == State.Closed)
            return;
        Client!.Connection = null;
        Client = null;
    }

    public int InFlight => _inFlight.Count;

    /// <summary>The server has noticed that the client is gone, or ends it.</summary>
    public void Close()
    {
        if (Client is not null)
            Client.Connection = null;
        Client = null;
        // A subscription that is being made is ended once it is there.
        _isClosing = true;
        if (Joining is { IsCompleted: false })
            return;
        if (Joining is { IsCompletedSuccessfully: true })
            Subscription = Joining.Result;
        if (Subscription is not null)
            Node.Hub.Leave(Subscription);
        aborted.Cancel();
        _state = State.Closed;
    }

    private void Join()
    {
        if (Joining!.IsFaulted)
        {
            if (Joining.Exception.InnerException is not EventLogUnavailableException)
                throw new OracleException("joining failed: " + Joining.Exception.InnerException);
            schedule.Trace($"{this}: refused");
            Close();
            return;
        }

        Subscription = Joining.Result;
        JoinedBounds = schedule.Store.Bounds;
        JoinedResets = Node.Resets;
        _state = State.Waiting;
        if (Subscription.JoinedAt is { } position)
            Hand(new(null, position, JoinedBounds.TrimmedThrough, Node.Resets));
        schedule.Trace($"{this}: has joined {(Subscription.JoinedAt is { } at ? $"at {at}" : "with a gap")}");
    }

    private string Read()
    {
        var status = Subscription!.Read(_batch);
        var isReplay = _batch.IsReplay;
        if (!isReplay)
            CheckQueueBound();
        Take(_batch);
        _state = status switch
        {
            ReadStatus.More => State.Reading,
            ReadStatus.BelowWindow => State.BelowWindow,
            ReadStatus.Ended => State.Ended,
            _ => _inFlight.Count > 0 ? State.Waiting : State.Idle,
        };
        return $"reads {(isReplay ? "the window" : "its queue")}: {status} {string.Join(", ", _inFlight)}";
    }

    private void TakeLogRead()
    {
        var read = _logRead!;
        _logRead = null;
        if (read.IsCompletedSuccessfully)
        {
            Take(_logBatch);
            _state = read.Result == ReadStatus.Ended ? State.Ended : State.Reading;
            schedule.Trace($"{this}: has read the log: {read.Result} {string.Join(", ", _inFlight)}");
            return;
        }

        if (read.Exception?.InnerException is { } fault and not EventLogUnavailableException)
            throw new OracleException("reading the log failed: " + fault);
        // The response fails; the client comes back.
        schedule.Trace($"{this}: the log cannot be read, closed");
        Close();
    }

    private void Take(FrameBatch batch)
    {
        var isFirst = OwesLostGap;
        foreach (var frame in batch.Frames)
        {
            if (isFirst && !(frame.Type == NewEvent.GapType && new Block(frame, frame.Id, default, 0).ReadGap().Reason == "lost"))
                throw new OracleException($"{this}: the log has lost events, and the client is sent {frame.Id} before it is told");
            Hand(new(frame, frame.Id, schedule.Store.Bounds.TrimmedThrough, Node.Resets, isFirst));
            isFirst = OwesLostGap = false;
        }

        batch.Clear();
    }

    private void Hand(Block block) => _inFlight.Add(block);

    private void CheckQueueBound()
    {
        var (count, bytes) = (0, 0);
        foreach (var frame in _batch.Frames)
        {
            if (frame.Type != NewEvent.GapType)
                (count, bytes) = (count + 1, bytes + frame.Length);
        }

        if (count > 1 && bytes > Node.Hub.Options.QueueBytes)
            throw new OracleException($"{this}: a queue held {count} frames of {bytes} bytes; its bound is {Node.Hub.Options.QueueBytes}");
    }

    public override string ToString() => name;
}
