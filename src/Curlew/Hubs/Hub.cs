using Microsoft.Extensions.Logging;
using EventId = Curlew.Protocol.EventId;

namespace Curlew;

/// <summary>
/// One log, its tail, and the subscriptions that are served from it. The order lock is the hub's ordering: what is routed, and who is live when it is,
/// are decided under it.
/// </summary>
internal sealed partial class Hub : IAsyncDisposable
{
    // A page cache as large as a replay storm needs, whatever the window is.
    private const long PageCacheBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan MaxTailDelay = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger;
    private readonly CurlewMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly long _windowBytes;
    // Guarded by Order.
    private readonly List<Subscription> _subscriptions = [];
    private EventId _refreshedAt;
    // How often the log has lost events.
    private int _resets;
    private Task? _tail;
    // Written by the tail, read by connections and the health check.
    private volatile bool _isReady;
    private volatile string? _trouble;
    private readonly CancellationTokenSource _stopping = new();

    public Hub(string name, HubOptions options, IEventLog log, TimeProvider time, CurlewMetrics metrics, ILogger logger)
    {
        Name = name;
        Options = options;
        Log = log;
        _time = time;
        _metrics = metrics;
        _logger = logger;
        // The in-memory log is its own window: the window follows the log's retention, and the frames are the same objects.
        _windowBytes = log is MemoryEventLog ? long.MaxValue : options.WindowBytes;
        Pages = new(log, PageCacheBytes);
    }

    public string Name { get; }

    public HubOptions Options { get; }

    public IEventLog Log { get; }

    public bool HasHistory => Options.History;

    /// <summary>Guards <see cref="Window"/>, <see cref="Router"/> and the list of subscriptions. Held for the routing of one frame at the most.</summary>
    public Lock Order { get; } = new();

    public Window Window { get; private set; } = new(EventId.Zero);

    public Router Router { get; } = new();

    public LogPages Pages { get; }

    /// <summary>Whether the window has been filled from the log. It stays so, whatever befalls the log afterwards.</summary>
    public bool IsReady => _isReady;

    /// <summary>What keeps the tail from reading the log; <see langword="null"/> while it does read.</summary>
    public string? Trouble => _trouble;

    /// <summary>What keeps the tail from reading the log, or others from using it; <see langword="null"/> while all is well.</summary>
    public string? LogTrouble => _trouble ?? (Log as IConnectedLog)?.Trouble;

    public int SubscriptionCount
    {
        get
        {
            lock (Order)
                return _subscriptions.Count;
        }
    }

    public int RetainedEvents
    {
        get
        {
            lock (Order)
                return Window.Count;
        }
    }

    public long RetainedBytes
    {
        get
        {
            lock (Order)
                return Window.Bytes;
        }
    }

    /// <summary>How far the tail has routed.</summary>
    public EventId Routed
    {
        get
        {
            lock (Order)
                return Window.Newest;
        }
    }

    /// <summary>How much older a position is than the newest event routed, where ids are times.</summary>
    public TimeSpan LagOf(EventId position)
    {
        EventId newest;
        lock (Order)
        {
            newest = Window.Newest;
            // Below every event, as where everything retained was asked for: there is no time in it.
            if (position == EventId.Zero)
                position = Window.Oldest ?? newest;
        }

        return position >= newest ? TimeSpan.Zero
            : newest.Milliseconds - position.Milliseconds is var lag && lag < TimeSpan.MaxValue.TotalMilliseconds ? TimeSpan.FromMilliseconds((long)lag)
            : TimeSpan.MaxValue;
    }

    /// <summary>Fills the window from the log and starts the tail. Where the log is away the tail does both once it is back.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (EventLogUnavailableException e)
        {
            BeginTrouble(e);
        }

        _tail = Task.Run(RunTailAsync, CancellationToken.None);
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_tail is not null)
            await _tail.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        await Log.DisposeAsync().ConfigureAwait(false);
        Pages.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Sets the window to the newest events of the log, as many as it takes.</summary>
    internal async Task OpenAsync(CancellationToken cancellationToken)
    {
        var bounds = await Log.GetBoundsAsync(cancellationToken).ConfigureAwait(false);
        Stack<EventPage> pages = [];
        var start = bounds.Newest.Next;
        for (long bytes = 0; bytes < _windowBytes;)
        {
            var page = await Log.ReadBackAsync(start, 512, cancellationToken).ConfigureAwait(false);
            // The lower end is a position that clients are given, so it must be one that the log knows: its own lower end, or an event's id.
            start = page.Frames.Count == 0 ? page.Bounds.TrimmedThrough : page.Frames[0].Id;
            if (page.Frames.Count == 0)
                break;
            pages.Push(page);
            bytes += page.Frames.Sum(static frame => (long)frame.Cost);
        }

        lock (Order)
        {
            Window = new(start);
            foreach (var frame in pages.SelectMany(static page => page.Frames).Where(frame => frame.Id > start && frame.Id <= bounds.Newest))
                Window.Append(frame);
        }

        _isReady = true;
    }

    /// <summary>Delivers a page of the tail. Called by one thread at a time, with the pages in order.</summary>
    internal void Route(EventPage page)
    {
        if (page.IsReset)
            LoseAll(page.Bounds);
        else if (page.Bounds.TrimmedThrough > Routed)
            SkipTrimmed(page.Bounds.TrimmedThrough);

        foreach (var frame in page.Frames)
        {
            // A lock for each frame: those who join or catch up wait for one at the most.
            lock (Order)
            {
                if (frame.Id <= Window.Newest)
                    continue;
                Window.Append(frame);
                Router.Route(frame);
            }
        }

        lock (Order)
        {
            TrimWindow(page.Bounds);
            RefreshIdle(page.Bounds, isTick: false);
        }

        TellTailPage();
    }

    /// <summary>Enforces the log's retention by age, and refreshes what it leaves half-way out.</summary>
    internal async ValueTask TrimAsync(CancellationToken cancellationToken)
    {
        int resets;
        lock (Order)
            resets = _resets;
        var bounds = await Log.TrimAsync(cancellationToken).ConfigureAwait(false);
        lock (Order)
        {
            // Where the log has lost events since, its lower end may be a position that it no longer knows.
            if (_resets == resets)
                TrimWindow(bounds);
            RefreshIdle(bounds, isTick: true);
        }
    }

    /// <summary>Takes a subscription that has ended out of the lists.</summary>
    internal void Leave(Subscription subscription)
    {
        subscription.End();
        lock (Order)
        {
            Router.Remove(subscription);
            if (subscription.Index < 0)
                return;
            // The last one takes the place.
            var last = _subscriptions[^1];
            _subscriptions[subscription.Index] = last;
            last.Index = subscription.Index;
            _subscriptions.RemoveAt(_subscriptions.Count - 1);
            subscription.Index = -1;
        }
    }

    internal void CountDropped() => _metrics.EventDropped(Name);

    /// <summary>The frame of a gap that is being told, counted.</summary>
    internal Frame Tell(Gap gap)
    {
        _metrics.GapTold(Name, gap.Reason);
        return gap.ToFrame(HasHistory);
    }

    private async Task RunTailAsync()
    {
        var delay = TimeSpan.FromMilliseconds(100);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (!IsReady)
                    await OpenAsync(_stopping.Token).ConfigureAwait(false);
                await foreach (var page in Log.TailAsync(Routed, _stopping.Token).ConfigureAwait(false))
                {
                    EndTrouble();
                    Route(page);
                    delay = TimeSpan.FromMilliseconds(100);
                }
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (EventLogUnavailableException e)
            {
                BeginTrouble(e);
            }
            catch (Exception e)
            {
                // Whatever it was, the tail goes on from where it stood: a hub without a tail delivers nothing.
                _trouble ??= "its tail failed";
                Messages.TailFailed(_logger, Name, delay, e);
            }

            try
            {
                await Task.Delay(delay, _time, _stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            delay = delay * 2 < MaxTailDelay ? delay * 2 : MaxTailDelay;
        }
    }

    private void BeginTrouble(EventLogUnavailableException cause)
    {
        // An outage is told once, at its begin, and once more at its end.
        if (_trouble is null)
            Messages.LogAway(_logger, Name, cause.Message, cause);
        _trouble = cause.Message;
    }

    private void EndTrouble()
    {
        if (_trouble is null)
            return;
        _trouble = null;
        Messages.LogBack(_logger, Name);
    }

    // Called under the order lock.
    private void TrimWindow(LogBounds bounds)
    {
        // The tail alone moves the newest end.
        Window.TrimThrough(bounds.TrimmedThrough < Window.Newest ? bounds.TrimmedThrough : Window.Newest);
        Window.TrimToBytes(_windowBytes);
    }

    // Called under the order lock.
    private void RefreshIdle(LogBounds bounds, bool isTick)
    {
        // At every tick, for those who were busy at the last; and once per half turn of the retention, which a busy hub may do within a tick.
        if (!HasHistory || bounds.HalfwayThrough == EventId.Zero || (!isTick && bounds.HalfwayThrough <= _refreshedAt))
            return;
        _refreshedAt = Window.Newest;
        foreach (var subscription in _subscriptions)
            subscription.RefreshIdle(bounds.HalfwayThrough, Window.Newest);
    }

    /// <summary>The log was trimmed beyond what the tail has read: everybody looks for himself what he has missed.</summary>
    private void SkipTrimmed(EventId trimmedThrough)
    {
        Messages.TailOvertaken(_logger, Name, trimmedThrough);
        lock (Order)
        {
            Window.Reset(trimmedThrough);
            foreach (var subscription in _subscriptions)
            {
                Router.Remove(subscription);
                subscription.LoseTrack();
            }
        }
    }

    private void LoseAll(LogBounds bounds)
    {
        Messages.LogReset(_logger, Name, bounds.Newest);
        Pages.Clear();
        lock (Order)
        {
            Window.Reset(bounds.TrimmedThrough);
            _refreshedAt = EventId.Zero;
            _resets++;
            foreach (var subscription in _subscriptions)
            {
                Router.Remove(subscription);
                subscription.Lose(bounds);
            }
        }
    }
}
