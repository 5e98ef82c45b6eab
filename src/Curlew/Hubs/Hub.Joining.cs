using Curlew.Protocol;

namespace Curlew;

/// <summary>Where a subscription begins: what each kind of start, and each state of a last event id, means.</summary>
internal sealed partial class Hub
{
    private const int MaxIdLength = 64;
    private const int SearchStep = 2048;

    // How long who asks the log waits for the tail to notice what the answer shows: that the log has lost events.
    private static readonly TimeSpan MaxLossWait = TimeSpan.FromSeconds(15);

    // The question for the log's bounds that is under way, and the one that follows it, each shared by all who ask. Guarded by Order.
    private TaskCompletionSource<Answer>? _question;
    private TaskCompletionSource<Answer>? _nextQuestion;

    // Ends with the next page of the tail; null while nobody waits for one. Guarded by Order, and completed outside it: what follows goes on at once.
    private TaskCompletionSource? _tailPage;

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
            // The lower end names no event: a client may have been given it by another process, that knows of a loss which this one has not noticed.
            var isLowerEnd = id == Window.TrimmedThrough && Window.Count > 0;
            if (id >= Window.TrimmedThrough && id <= Window.Newest && Window.IsKnown(id) && !isLowerEnd)
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
        // What is read on below the window must be of the log that the window is of.
        await AskBoundsAsync(cancellationToken).ConfigureAwait(false);
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

    /// <summary>
    /// Asks the log for its bounds. Where it no longer has what this process has routed, it has lost events, and the tail is about to notice: that is
    /// waited for, so that whoever asks begins by the log that there is, and is not told of the loss once by the answer and again by the tail.
    /// </summary>
    /// <exception cref="EventLogUnavailableException">The log cannot be asked.</exception>
    internal async Task<LogBounds> AskBoundsAsync(CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        while (true)
        {
            Task page;
            // Before the question: a page that comes while it is under way counts.
            lock (Order)
                page = (_tailPage ??= new()).Task;
            var answer = await AskAsync(cancellationToken).ConfigureAwait(false);
            var remaining = MaxLossWait - _time.GetElapsedTime(start);
            if (answer.HasRouted || remaining <= TimeSpan.Zero)
                return answer.Bounds;
            await page.WaitAsync(remaining, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private Task<Answer> AskAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource<Answer> question;
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
            _ = PutAsync(question);
        return question.Task.WaitAsync(cancellationToken);

        async Task PutAsync(TaskCompletionSource<Answer>? asked)
        {
            while (asked is not null)
            {
                try
                {
                    asked.SetResult(await PutQuestionAsync().ConfigureAwait(false));
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

    private async ValueTask<Answer> PutQuestionAsync()
    {
        // Before the question: what is routed meanwhile may be newer than the answer.
        var routed = Routed;
        var bounds = await Log.GetBoundsAsync(_stopping.Token).ConfigureAwait(false);
        // What was trimmed is no sign of a loss, also where it was trimmed between the two questions.
        var hasRouted = routed <= bounds.TrimmedThrough || routed == bounds.Newest
            || (routed < bounds.Newest
                && (await Log.ContainsAsync(routed, _stopping.Token).ConfigureAwait(false)
                    || routed <= (bounds = await Log.GetBoundsAsync(_stopping.Token).ConfigureAwait(false)).TrimmedThrough));
        return new(bounds, hasRouted);
    }

    /// <summary>Whether the log still has what this process has routed, or has trimmed it; otherwise the tail is about to find that it has lost events.</summary>
    internal async ValueTask<bool> HasRoutedAsync(CancellationToken cancellationToken)
    {
        var routed = Routed;
        if (routed == EventId.Zero)
            return true;
        var page = await Log.ReadAsync(routed.Previous, 1, cancellationToken).ConfigureAwait(false);
        return routed <= page.Bounds.TrimmedThrough || routed == page.Bounds.Newest || (page.Frames.Count > 0 && page.Frames[0].Id == routed);
    }

    private void TellTailPage()
    {
        TaskCompletionSource? waiting;
        lock (Order)
        {
            waiting = _tailPage;
            _tailPage = null;
        }

        waiting?.SetResult();
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

    /// <param name="Bounds">What the log holds.</param>
    /// <param name="HasRouted">Whether it still has what this process had routed when it was asked.</param>
    private readonly record struct Answer(LogBounds Bounds, bool HasRouted);
}
