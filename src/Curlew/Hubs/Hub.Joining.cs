using Curlew.Protocol;

namespace Curlew;

/// <summary>Where a subscription begins: what each kind of start, and each state of a last event id, means.</summary>
internal sealed partial class Hub
{
    private const int MaxIdLength = 64;
    private const int SearchStep = 2048;

    // The question for the log's bounds that is under way, and the one that follows it, each shared by all who ask. Guarded by Order.
    private TaskCompletionSource<LogBounds>? _question;
    private TaskCompletionSource<LogBounds>? _nextQuestion;

    /// <summary>Adds a subscription. It receives everything after its start, once and in order, until <see cref="Leave"/>.</summary>
    /// <exception cref="EventLogUnavailableException">
    /// The hub has not read its log yet, or the start lies outside the window and the log cannot be asked.
    /// </exception>
    public async ValueTask<Subscription> SubscribeAsync(
        Interest interest, StartPosition start, SlowConsumerPolicy policy, ISubscriber subscriber, CancellationToken cancellationToken)
    {
        // Before that nobody knows what is live.
        if (!IsReady)
            throw new EventLogUnavailableException($"Hub '{Name}' has not read its log yet.");
        var subscription = new Subscription(this, interest, policy, Options.QueueBytes, subscriber);
        while (!await TryStartAsync(subscription, start, cancellationToken).ConfigureAwait(false))
        {
            // The log lost events while it was asked: what it said is void, and nobody would tell this subscription.
        }

        return subscription;
    }

    private ValueTask<bool> TryStartAsync(Subscription subscription, StartPosition start, CancellationToken cancellationToken)
    {
        int resets;
        lock (Order)
            resets = _resets;
        switch (start.Of)
        {
            case StartPosition.Kind.AfterId:
                return TryStartAfterAsync(subscription, start.Id!, resets, cancellationToken);
            case StartPosition.Kind.Since:
                return TryStartSinceAsync(subscription, start.Time, resets, cancellationToken);
            case StartPosition.Kind.Last:
                return TryStartLastAsync(subscription, start.Count, resets, cancellationToken);
            case StartPosition.Kind.Earliest:
                return TryStartEarliestAsync(subscription, resets, cancellationToken);
            default:
                StartLive(subscription, malformed: null);
                return new(true);
        }
    }

    private async ValueTask<bool> TryStartAfterAsync(Subscription subscription, string text, int resets, CancellationToken cancellationToken)
    {
        if (text.Length > MaxIdLength || !EventId.TryParse(text, out var id))
        {
            StartLive(subscription, malformed: text);
            return true;
        }

        lock (Order)
        {
            if (id >= Window.TrimmedThrough && id <= Window.Newest && Window.IsKnown(id))
            {
                Enter(subscription, id, gap: null, mayStartTrimmed: false);
                return true;
            }
        }

        // Below the window, above what this process has read, or of another lineage: the log decides.
        var bounds = await AskBoundsAsync(cancellationToken).ConfigureAwait(false);
        var reason = Judge(id, bounds);
        if (reason == GapReason.Unknown)
        {
            // Between the two questions it may have been trimmed, so that the log holds it no more; then it is not unknown.
            reason = await Log.ContainsAsync(id, cancellationToken).ConfigureAwait(false) ? null
                : Judge(id, bounds = await AskBoundsAsync(cancellationToken).ConfigureAwait(false));
        }

        return reason is null
            ? TryStartBehind(subscription, id, gap: null, mayStartTrimmed: false, resets)
            : TryStartBehind(
                subscription, bounds.TrimmedThrough, new Gap(reason.Value, bounds.TrimmedThrough, text, bounds.Oldest), mayStartTrimmed: false, resets);
    }

    /// <summary>What the bounds alone say of an id; unknown, where the log has to look whether it holds it.</summary>
    private static GapReason? Judge(EventId id, LogBounds bounds) =>
        id < bounds.TrimmedThrough ? GapReason.Trimmed
        : id > bounds.Newest ? GapReason.Lost
        : id == bounds.TrimmedThrough || id == bounds.Newest ? null
        : GapReason.Unknown;

    private async ValueTask<bool> TryStartEarliestAsync(Subscription subscription, int resets, CancellationToken cancellationToken)
    {
        var bounds = await AskBoundsAsync(cancellationToken).ConfigureAwait(false);
        return TryStartBehind(subscription, bounds.TrimmedThrough, gap: null, mayStartTrimmed: true, resets);
    }

    private async ValueTask<bool> TryStartLastAsync(Subscription subscription, int count, int resets, CancellationToken cancellationToken)
    {
        var position = await FindLastAsync(subscription.Interest, count, cancellationToken).ConfigureAwait(false);
        return TryStartBehind(subscription, position, gap: null, mayStartTrimmed: true, resets);
    }

    private async ValueTask<bool> TryStartSinceAsync(Subscription subscription, DateTimeOffset time, int resets, CancellationToken cancellationToken)
    {
        var position = EventId.Before(time);
        var bounds = await AskBoundsAsync(cancellationToken).ConfigureAwait(false);
        // A time to come is now: ids are compared with what the log holds, never with a clock.
        var start = position < bounds.TrimmedThrough ? bounds.TrimmedThrough
            : position >= bounds.Newest ? bounds.Newest
            : await FindKnownAsync(position, cancellationToken).ConfigureAwait(false);
        var gap = start > position ? new Gap(GapReason.Trimmed, start, position.ToString(), bounds.Oldest) : null;
        return TryStartBehind(subscription, start, gap, mayStartTrimmed: false, resets);
    }

    /// <summary>
    /// The newest event at a position or before it, or the lower end of the log: the same events follow it, and a client that comes back with it is
    /// known. Above the position only where what follows that was trimmed.
    /// </summary>
    private async ValueTask<EventId> FindKnownAsync(EventId position, CancellationToken cancellationToken)
    {
        lock (Order)
        {
            if (position >= Window.TrimmedThrough && position <= Window.Newest)
                return Window.FindKnown(position);
        }

        var page = await Log.ReadBackAsync(position.Next, 1, cancellationToken).ConfigureAwait(false);
        return page.Frames.Count > 0 ? page.Frames[^1].Id : page.Bounds.TrimmedThrough;
    }

    /// <summary>The position before the newest events that match, so many, or before as many as there are.</summary>
    private async ValueTask<EventId> FindLastAsync(Interest interest, int count, CancellationToken cancellationToken)
    {
        EventId position;
        var number = long.MaxValue;
        for (var isDone = false; ;)
        {
            // In steps, so that a search through the whole window does not hold up the routing.
            lock (Order)
            {
                if (!isDone)
                    isDone = Window.SearchBack(interest, ref number, ref count, SearchStep);
                position = Window.PositionBefore(number);
                if (isDone)
                    break;
            }
        }

        if (count == 0)
            return position;
        while (count > 0)
        {
            var page = await Log.ReadBackAsync(position.Next, 512, cancellationToken).ConfigureAwait(false);
            if (page.Frames.Count == 0)
                return page.Bounds.TrimmedThrough;
            for (var i = page.Frames.Count - 1; i >= 0 && count > 0; i--)
            {
                if (interest.Matches(page.Frames[i]))
                    count--;
                position = page.Frames[i].Id.Previous;
            }
        }

        return await FindKnownAsync(position, cancellationToken).ConfigureAwait(false);
    }

    private Task<LogBounds> AskBoundsAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource<LogBounds> question;
        var isMine = false;
        lock (Order)
        {
            // An answer counts only for those who were there when the question was put: who comes while one is under way shares the next.
            if (_question is null)
            {
                _question = question = new();
                isMine = true;
            }
            else
            {
                question = _nextQuestion ??= new();
            }
        }

        if (isMine)
            _ = AskAsync(question);
        return question.Task.WaitAsync(cancellationToken);

        async Task AskAsync(TaskCompletionSource<LogBounds>? asked)
        {
            while (asked is not null)
            {
                try
                {
                    asked.SetResult(await Log.GetBoundsAsync(_stopping.Token).ConfigureAwait(false));
                }
                catch (Exception e)
                {
                    asked.SetException(e);
                }

                lock (Order)
                {
                    asked = _question = _nextQuestion;
                    _nextQuestion = null;
                }
            }
        }
    }

    private void StartLive(Subscription subscription, string? malformed)
    {
        lock (Order)
        {
            var gap = malformed is null ? null : new Gap(GapReason.Malformed, Window.Newest, malformed, Window.Oldest);
            subscription.StartLive(Window.Newest, gap);
            Router.Add(subscription);
            List(subscription);
        }
    }

    private bool TryStartBehind(Subscription subscription, EventId cursor, Gap? gap, bool mayStartTrimmed, int resets)
    {
        lock (Order)
        {
            if (_resets != resets)
                return false;
            Enter(subscription, cursor, gap, mayStartTrimmed);
            return true;
        }
    }

    private void Enter(Subscription subscription, EventId cursor, Gap? gap, bool mayStartTrimmed)
    {
        subscription.StartBehind(cursor, gap, mayStartTrimmed);
        List(subscription);
    }

    private void List(Subscription subscription)
    {
        subscription.Index = _subscriptions.Count;
        _subscriptions.Add(subscription);
    }
}
