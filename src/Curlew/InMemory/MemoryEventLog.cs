using System.Runtime.CompilerServices;
using Curlew.Protocol;

namespace Curlew;

/// <summary>
/// The default log: in this process's memory, bounded by count, bytes and age. Retention never removes what the tail has not routed; when the tail
/// falls behind, appending waits, for so many events and so long, and then fails.
/// </summary>
/// <remarks>
/// Ids are the clock's milliseconds and a sequence; where the clock stands still or goes back, the milliseconds stay. A new log begins at the present,
/// above everything that an earlier process gave.
/// </remarks>
internal sealed class MemoryEventLog : IEventLog
{
    private const int TailPageEvents = 512;
    private const int MaxWaitingPublishers = 1024;

    // Guards everything that is not readonly.
    private readonly Lock _lock = new();
    private readonly HubOptions _options;
    private readonly TimeProvider _time;
    private readonly IdempotencyKeys _keys;
    private readonly FrameRing _frames = new();
    private long _routed;
    private int _waiting;
    private TaskCompletionSource? _space;
    private EventId _trimmedThrough;
    private EventId _newest;
    private TaskCompletionSource? _tailWaits;

    public MemoryEventLog(HubOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _keys = new(options.IdempotencyLifetime, options.MaxIdempotencyKeys);
        _newest = _trimmedThrough = new(Now(time), 0);
    }

    public async ValueTask<EventId> AppendAsync(IReadOnlyList<NewEvent> batch, string? idempotencyKey, CancellationToken cancellationToken)
    {
        // Encoded before the lock is taken; only the id is missing.
        var frames = new Frame[batch.Count];
        for (var i = 0; i < frames.Length; i++)
            frames[i] = Frame.Prepare(batch[i]);

        long? waitedSince = null;
        while (true)
        {
            Task space;
            lock (_lock)
            {
                if (idempotencyKey is not null)
                {
                    _keys.Expire(_time.GetUtcNow());
                    if (_keys.TryGet(idempotencyKey, out var first))
                        return first;
                }

                if (_frames.Next - _routed < _options.MaxUnroutedEvents)
                    return Append(frames, idempotencyKey);
                if (_waiting >= MaxWaitingPublishers)
                    throw new EventLogUnavailableException($"More than {MaxWaitingPublishers} publishers wait for the hub to catch up.");
                _waiting++;
                space = (_space ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            try
            {
                var remaining = _options.AppendTimeout - _time.GetElapsedTime(waitedSince ??= _time.GetTimestamp());
                if (remaining <= TimeSpan.Zero)
                    throw new TimeoutException();
                await space.WaitAsync(remaining, _time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException e)
            {
                throw new EventLogUnavailableException($"The hub did not catch up with its events within {_options.AppendTimeout.TotalSeconds} s.", e);
            }
            finally
            {
                // Those who gave up wait no more.
                lock (_lock)
                    _waiting--;
            }
        }
    }

    public ValueTask<EventPage> ReadAsync(EventId after, int maxEvents, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(Page(_frames.NumberAfter(after), maxEvents));
    }

    public ValueTask<EventPage> ReadBackAsync(EventId before, int maxEvents, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var end = _frames.NumberAfter(before.Previous);
            var start = Math.Max(_frames.First, end - maxEvents);
            return new(before == EventId.Zero ? Page(_frames.First, 0) : Page(start, (int)(end - start)));
        }
    }

    public ValueTask<bool> ContainsAsync(EventId id, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(_frames.Contains(id));
        }
    }

    public ValueTask<LogBounds> GetBoundsAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(Bounds());
    }

    public ValueTask<LogBounds> TrimAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Trim();
            _keys.Expire(_time.GetUtcNow());
            return new(Bounds());
        }
    }

    public async IAsyncEnumerable<EventPage> TailAsync(EventId after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task more;
            if (TryTail(ref after, out var page))
            {
                yield return page;
                continue;
            }

            lock (_lock)
            {
                // Looked at again under the lock: an append between the look and the wait must not be missed.
                if (_frames.NumberAfter(after) < _frames.Next)
                    continue;
                more = (_tailWaits = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await more.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The next page of the tail, if there is one. Asking for it says that everything up to <paramref name="after"/> has been routed.</summary>
    internal bool TryTail(ref EventId after, out EventPage page)
    {
        lock (_lock)
        {
            _routed = _frames.NumberAfter(after);
            Trim();
            if (_frames.Next - _routed < _options.MaxUnroutedEvents)
            {
                _space?.TrySetResult();
                _space = null;
            }

            page = Page(_routed, TailPageEvents);
            if (page.Frames.Count == 0)
                return false;
            after = page.Frames[^1].Id;
            return true;
        }
    }

    private static ulong Now(TimeProvider time) => (ulong)Math.Max(0, time.GetUtcNow().ToUnixTimeMilliseconds());

    private EventId Append(Frame[] frames, string? idempotencyKey)
    {
        var now = Now(_time);
        foreach (var frame in frames)
        {
            _newest = now > _newest.Milliseconds ? new(now, 0) : _newest.Next;
            frame.Seal(_newest, _options.History);
            _frames.Add(frame);
        }

        if (idempotencyKey is not null)
            _keys.Add(idempotencyKey, _newest, _time.GetUtcNow());
        Trim();
        _tailWaits?.TrySetResult();
        _tailWaits = null;
        return _newest;
    }

    private void Trim()
    {
        var minId = _options.Retention.MaxAge is { } age ? new EventId(TimeBefore(age), 0) : EventId.Zero;
        while (_frames.First < _routed && (_frames.Count > _options.Retention.MaxEvents || _frames.Bytes > _options.Retention.MaxBytes || _frames[_frames.First].Id < minId))
        {
            _trimmedThrough = _frames.RemoveFirst().Id;
        }
    }

    private ulong TimeBefore(TimeSpan age)
    {
        var now = Now(_time);
        var milliseconds = (ulong)age.TotalMilliseconds;
        return now > milliseconds ? now - milliseconds : 0;
    }

    private LogBounds Bounds() => new(_trimmedThrough, _frames.Oldest, _newest, HalfwayThrough());

    /// <summary>The position that has half of the most restrictive limit above it.</summary>
    private EventId HalfwayThrough()
    {
        var half = EventId.Zero;
        var surplus = _frames.Count - (_options.Retention.MaxEvents / 2);
        if (surplus > 0)
            half = _frames[_frames.First + surplus - 1].Id;
        if (_frames.Bytes > _options.Retention.MaxBytes / 2)
            half = Max(half, HalfwayByBytes());
        if (_options.Retention.MaxAge is { } age)
            half = Max(half, new EventId(TimeBefore(age / 2), 0).Previous);
        return half < _newest ? half : _newest;

        static EventId Max(EventId left, EventId right) => left > right ? left : right;
    }

    private EventId HalfwayByBytes()
    {
        // An estimate from the mean size: near enough for when to refresh an idle client, and no walk through the log.
        var mean = Math.Max(1, _frames.Bytes / Math.Max(1, _frames.Count));
        var kept = Math.Max(1, _options.Retention.MaxBytes / 2 / mean);
        return _frames.Next - kept - 1 >= _frames.First ? _frames[_frames.Next - kept - 1].Id : EventId.Zero;
    }

    private EventPage Page(long from, int maxEvents)
    {
        from = Math.Max(from, _frames.First);
        var frames = new Frame[Math.Max(0, (int)Math.Min(maxEvents, _frames.Next - from))];
        for (var i = 0; i < frames.Length; i++)
            frames[i] = _frames[from + i];
        return new(frames, Bounds());
    }
}
