using Curlew.Protocol;

namespace Curlew;

/// <summary>
/// An interest and a cursor. It is in one of two states: <em>behind</em>, where its reader fetches from the window or the log at the speed of the
/// client, and <em>live</em>, where the router queues frames for it. Overflow leads from live to behind; reaching the newest frame, under the hub's
/// order lock, from behind to live.
/// </summary>
/// <remarks>
/// <para>One reader calls <see cref="Read"/>, <see cref="ReadLogAsync"/> and <see cref="TryTakeKeepAlive"/>, one at a time; the rest may be called from
/// any thread. Lock order: the hub's order lock, then the subscription's.</para>
/// <para>The cursor is the last id handed to the reader, never the last one queued: dropping the queue loses nothing.</para>
/// </remarks>
internal sealed class Subscription
{
    // How many frames a read looks at while it holds the order lock.
    private const int MaxScan = 1024;

    // Guards everything below it that is not readonly.
    private readonly Lock _lock = new();
    private readonly Hub _hub;
    private readonly ISubscriber _subscriber;
    private readonly int _queueBytes;
    private readonly SlowConsumerPolicy _policy;
    private FrameQueue _queue;
    private State _state;
    private EventId _cursor;
    // The id that the client would come back with: of the last block handed to the reader. Below the cursor where a replay found nothing that matches.
    private EventId _told;
    private Gap? _gap;
    private bool _mayStartTrimmed;
    private long _missed;
    private EventId _lastMissed;
    private bool _isKeepAliveDue;

    public Subscription(Hub hub, Interest interest, SlowConsumerPolicy policy, int queueBytes, ISubscriber subscriber)
    {
        _hub = hub;
        Interest = interest;
        _policy = policy == SlowConsumerPolicy.Resume && !hub.HasHistory ? SlowConsumerPolicy.DropOldest : policy;
        _queueBytes = queueBytes;
        _subscriber = subscriber;
    }

    private enum State : byte
    {
        Behind,
        Live,
        Ended,
    }

    public Interest Interest { get; }

    /// <summary>
    /// The position at which the subscription joined: the id of the first block. None where a gap comes first: a client that is cut before it must come
    /// back with the id that it had, and be told.
    /// </summary>
    public EventId? JoinedAt { get; private set; }

    /// <summary>Whether it ended because its client read too slowly.</summary>
    public bool IsSlow { get; private set; }

    /// <summary>The router's: where it is listed. Guarded by the hub's order lock.</summary>
    public Router.Place[]? Places { get; set; }

    /// <summary>The router's: the last round in which it was offered a frame. Guarded by the hub's order lock.</summary>
    public long Round { get; set; }

    /// <summary>The hub's: its index in the list of all. Guarded by the hub's order lock.</summary>
    public int Index { get; set; } = -1;

    /// <summary>Begins behind, after a position. Called once, before the subscription is shared.</summary>
    /// <param name="cursor">The position.</param>
    /// <param name="gap">What to tell before anything else.</param>
    /// <param name="mayStartTrimmed">Whether the client asked for whatever is there, so that a start trimmed meanwhile is no gap.</param>
    public void StartBehind(EventId cursor, Gap? gap, bool mayStartTrimmed)
    {
        _cursor = _told = cursor;
        JoinedAt = gap is null ? cursor : null;
        _gap = gap;
        _mayStartTrimmed = mayStartTrimmed;
    }

    /// <summary>Begins live, at the position up to which the hub has routed. Called once, under the hub's order lock.</summary>
    public void StartLive(EventId routed, Gap? gap)
    {
        _cursor = _told = routed;
        JoinedAt = gap is null ? routed : null;
        _gap = gap;
        _state = State.Live;
    }

    /// <summary>Queues a frame. Called by the router, under the hub's order lock.</summary>
    /// <returns>Whether the subscription stays in the router.</returns>
    public bool Offer(Frame frame)
    {
        if (!Interest.WantsTypeOf(frame))
            return true;
        var stays = true;
        lock (_lock)
        {
            if (_state != State.Live)
                return false;
            // A client may join ahead of what this process has routed: it has those frames already.
            if (frame.Id <= _cursor)
                return true;
            if (_queue.Count > 0 && _queue.Bytes + frame.Length > _queueBytes)
                stays = Overflow(frame.Length);
            if (stays)
                _queue.Enqueue(frame);
            // The reader was woken when the first one was queued and has not emptied the queue since.
            if (stays && _queue.Count > 1)
                return true;
        }

        _subscriber.Wake();
        return stays;
    }

    /// <summary>Takes what is there, up to a full batch. What is taken counts as handed to the client: the cursor moves.</summary>
    public ReadStatus Read(FrameBatch batch)
    {
        var status = ReadOn(batch);
        NoteTold(batch);
        return status;
    }

    /// <summary>Takes what the log has below the window, a page at a time.</summary>
    /// <exception cref="EventLogUnavailableException">The log cannot be read now, or has lost events that the window still has; the cursor stays.</exception>
    public async ValueTask<ReadStatus> ReadLogAsync(FrameBatch batch, CancellationToken cancellationToken)
    {
        var status = await ReadPageAsync(batch, cancellationToken).ConfigureAwait(false);
        NoteTold(batch);
        return status;
    }

    /// <summary>Asks the reader to send a keep-alive.</summary>
    public void RequestKeepAlive()
    {
        lock (_lock)
            _isKeepAliveDue = true;
        _subscriber.Wake();
    }

    /// <summary>Asks for a keep-alive where the id that the client has is below <paramref name="halfway"/> and nothing is on its way to it.</summary>
    public void RefreshIdle(EventId halfway, EventId routed)
    {
        lock (_lock)
        {
            if (_state != State.Live || _queue.Count > 0 || _told >= halfway || _told >= routed)
                return;
            _isKeepAliveDue = true;
        }

        _subscriber.Wake();
    }

    /// <summary>Called by the reader when nothing is in flight: whether a keep-alive is due, and the position that it carries.</summary>
    public bool TryTakeKeepAlive(out EventId position)
    {
        // First how far the hub has routed, then whether everything up to there has been sent: in the other order a frame routed in between would be
        // skipped by a client that comes back with the position. Nor does a request carry it: the log may have lost events since.
        var routed = _hub.Routed;
        lock (_lock)
        {
            position = _cursor;
            if (!_isKeepAliveDue || _state == State.Ended)
                return false;
            _isKeepAliveDue = false;
            // What is queued will be sent, and is as good as a keep-alive. A gap has to come before any position above it.
            if (_queue.Count > 0 || _gap is not null)
                return false;
            if (_state == State.Live && _cursor < routed)
                position = _cursor = routed;
            _told = position;
            return true;
        }
    }

    /// <summary>The log has lost events: whatever was queued is void, and the client is told. Called under the hub's order lock.</summary>
    public void Lose(LogBounds bounds)
    {
        lock (_lock)
        {
            if (_state == State.Ended)
                return;
            _gap = new Gap(GapReason.Lost, bounds.TrimmedThrough, _cursor.ToString(), bounds.Oldest);
            FallBehind();
        }

        _subscriber.Wake();
    }

    /// <summary>The window no longer joins on to what was routed: the reader has to look for itself. Called under the hub's order lock.</summary>
    public void LoseTrack()
    {
        lock (_lock)
        {
            if (_state != State.Live)
                return;
            FallBehind();
        }

        _subscriber.Wake();
    }

    /// <summary>Whether the router queues frames for it.</summary>
    public bool IsLive
    {
        get
        {
            lock (_lock)
                return _state == State.Live;
        }
    }

    /// <summary>How far it has come, for those who look on.</summary>
    public SubscriptionProgress Look()
    {
        lock (_lock)
        {
            return _state == State.Behind
                ? new(_told, IsLive: false, Queued: 0, Waiting: _cursor)
                : new(_told, IsLive: true, _queue.Count, _queue.Oldest?.Id);
        }
    }

    /// <summary>Ends it. The hub takes it out of its lists with <see cref="Hub.Leave"/>.</summary>
    public void End()
    {
        lock (_lock)
        {
            _state = State.Ended;
            _queue.Clear();
        }
    }

    private ReadStatus ReadOn(FrameBatch batch)
    {
        lock (_lock)
        {
            if (_state != State.Behind)
                return TakeQueue(batch);
        }

        // Catching up, and becoming live, is one step under the hub's ordering: nothing is routed between the last frame read and the entry.
        lock (_hub.Order)
        {
            lock (_lock)
            {
                if (_state != State.Behind)
                    return TakeQueue(batch);
                TakeGap(batch);
                var window = _hub.Window;
                if (_cursor < window.TrimmedThrough)
                    return ReadStatus.BelowWindow;
                _mayStartTrimmed = false;
                batch.IsReplay = true;
                _cursor = window.Read(Interest, _cursor, batch, MaxScan);
                if (_cursor < window.Newest)
                    return ReadStatus.More;
                _state = State.Live;
            }

            _hub.Router.Add(this);
            return ReadStatus.Idle;
        }
    }

    private async ValueTask<ReadStatus> ReadPageAsync(FrameBatch batch, CancellationToken cancellationToken)
    {
        // Only the reader moves the cursor.
        var after = _cursor;
        var page = await _hub.Pages.ReadAsync(after, cancellationToken).ConfigureAwait(false);
        // Newer events than those that are missing must not come before the gap. Who comes back waits for the tail, which tells it.
        if (IsTorn(page, after) && !await _hub.HasRoutedAsync(cancellationToken).ConfigureAwait(false) && !HasGap())
            throw new EventLogUnavailableException("The log has lost events, and this process has not read on yet.");
        lock (_lock)
        {
            if (_state == State.Ended)
                return ReadStatus.Ended;
            batch.IsReplay = true;
            if (_gap is not null)
                return ReadStatus.More;

            // The page is whole only if nothing above the cursor had been trimmed once it was read.
            if (page.Bounds.TrimmedThrough > after)
            {
                _cursor = page.Bounds.TrimmedThrough;
                if (!_mayStartTrimmed)
                    batch.Add(_hub.Tell(new Gap(GapReason.Trimmed, _cursor, after.ToString(), page.Bounds.Oldest)));
                return ReadStatus.More;
            }

            _mayStartTrimmed = false;
            foreach (var frame in page.Frames)
            {
                if (frame.Id <= after)
                    continue;
                if (batch.IsFull)
                    return ReadStatus.More;
                if (Interest.Matches(frame))
                    batch.Add(frame);
                _cursor = frame.Id;
            }

            if (_cursor > after)
                return ReadStatus.More;
        }

        // The window has seen later events, and the log holds none after the cursor: it has lost them.
        EventId position;
        lock (_hub.Order)
            position = _hub.Window.TrimmedThrough;
        lock (_lock)
        {
            if (position > _cursor)
            {
                _cursor = position;
                batch.Add(_hub.Tell(new Gap(GapReason.Lost, position, after.ToString(), page.Bounds.Oldest)));
            }

            return ReadStatus.More;
        }
    }

    /// <summary>Whether a page reaches beyond the window's lower end, and lacks the event that is there.</summary>
    private bool IsTorn(EventPage page, EventId after)
    {
        EventId lowerEnd;
        lock (_hub.Order)
            lowerEnd = _hub.Window.TrimmedThrough;
        return lowerEnd > after && page.Bounds.TrimmedThrough <= after
            && (page.Frames.Count == 0 || (page.Frames[^1].Id >= lowerEnd && !page.Frames.Any(frame => frame.Id == lowerEnd)));
    }

    private bool HasGap()
    {
        lock (_lock)
            return _gap is not null;
    }

    private void NoteTold(FrameBatch batch)
    {
        if (batch.Count == 0)
            return;
        lock (_lock)
            _told = batch.Frames[^1].Id;
    }

    private void FallBehind()
    {
        _queue.Clear();
        _missed = 0;
        _state = State.Behind;
    }

    private bool Overflow(int length)
    {
        switch (_policy)
        {
            case SlowConsumerPolicy.Resume:
                FallBehind();
                return false;
            case SlowConsumerPolicy.Disconnect:
                _queue.Clear();
                IsSlow = true;
                _state = State.Ended;
                return false;
            default:
                do
                {
                    _lastMissed = _queue.Dequeue().Id;
                    _missed++;
                    _hub.CountDropped();
                }
                while (_queue.Count > 0 && _queue.Bytes + length > _queueBytes);
                return true;
        }
    }

    private ReadStatus TakeQueue(FrameBatch batch)
    {
        if (_state == State.Ended)
            return ReadStatus.Ended;
        TakeGap(batch);
        if (_missed > 0)
        {
            _cursor = _lastMissed;
            batch.Add(_hub.Tell(new Gap(GapReason.Dropped, _cursor, Missed: _missed)));
            _missed = 0;
        }

        while (_queue.Count > 0)
        {
            if (batch.IsFull)
                return ReadStatus.More;
            var frame = _queue.Dequeue();
            batch.Add(frame);
            _cursor = frame.Id;
        }

        return ReadStatus.Idle;
    }

    private void TakeGap(FrameBatch batch)
    {
        if (_gap is not { } gap)
            return;
        _gap = null;
        _cursor = gap.Position;
        batch.Add(_hub.Tell(gap));
    }
}
