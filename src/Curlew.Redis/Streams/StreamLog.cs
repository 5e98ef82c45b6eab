using System.Runtime.CompilerServices;
using Curlew.Protocol;
using Curlew.Redis.Resp;

namespace Curlew.Redis;

/// <summary>A log that is a Redis Stream: what reads it, whoever writes it.</summary>
internal abstract class StreamLog(IRedisClient client, BlockingReaders readers, string key, EntryFormat format, SkippedEntries skipped, TimeProvider time)
    : IEventLog, IConnectedLog
{
    private const int PageBytes = 8 * 1024 * 1024;

    // Protects everything below.
    private readonly Lock _lock = new();

    // The last event that the tail was given, and how many entries the stream had had by then; -1 where that is not known. So a stream that was trimmed up
    // to just there is known to have lost nobody anything; it does not tell itself what its last trimmed entry was.
    private (EventId Id, long Number) _tail = (EventId.Zero, -1);
    private EventId _tailPosition;
    private (EventId Id, long Number) _trimmed = (EventId.Zero, -1);
    private double _meanCost;
    private int _costs;
    private BlockingReader? _reader;

    /// <summary>What an event costs in memory, in the mean of the last ones; 0 before the first.</summary>
    protected double MeanCost
    {
        get
        {
            lock (_lock)
                return _meanCost;
        }
    }

    public string? Trouble => client.TroubleWith(key);

    protected IRedisClient Client => client;

    protected string Key => key;

    protected TimeProvider Time => time;

    public abstract ValueTask<EventId> AppendAsync(IReadOnlyList<NewEvent> batch, string? idempotencyKey, CancellationToken cancellationToken);

    public async ValueTask<EventPage> ReadAsync(EventId after, int maxEvents, CancellationToken cancellationToken)
    {
        while (true)
        {
            var count = CountFor(maxEvents);
            using var range = new RespCommand("XRANGE"u8).AddKey(key).Add(after.Next.ToString()).Add("+"u8).Add("COUNT"u8).Add(count);
            var (page, state) = await ReadAsync(range, cancellationToken).ConfigureAwait(false);
            // A page of nothing but what cannot be an event is not the end.
            if (page.Frames.Count > 0 || page.Entries < count)
                return new(page.Frames, Bounds(state));
            after = page.Last;
        }
    }

    public async ValueTask<EventPage> ReadBackAsync(EventId before, int maxEvents, CancellationToken cancellationToken)
    {
        while (true)
        {
            var count = CountFor(maxEvents);
            using var range = new RespCommand("XREVRANGE"u8).AddKey(key).Add(before.Previous.ToString()).Add("-"u8).Add("COUNT"u8).Add(count);
            var (page, state) = await ReadAsync(range, cancellationToken).ConfigureAwait(false);
            page.Frames.Reverse();
            if (page.Frames.Count > 0 || page.Entries < count)
                return new(page.Frames, Bounds(state));
            before = page.Last;
        }
    }

    public async ValueTask<bool> ContainsAsync(EventId id, CancellationToken cancellationToken)
    {
        using var command = new RespCommand(StreamState.Script, 1).AddKey(key).Add(id.ToString());
        var (state, isThere) = await AskAsync(command, 1, cancellationToken).ConfigureAwait(false);
        // The position below the first entry is one that clients are given, by processes that do not know what was trimmed last.
        return isThere || id == state.First?.Previous;
    }

    public async ValueTask<LogBounds> GetBoundsAsync(CancellationToken cancellationToken)
    {
        using var command = new RespCommand(StreamState.Script, 1).AddKey(key);
        return Bounds((await AskAsync(command, 0, cancellationToken).ConfigureAwait(false)).State);
    }

    public async IAsyncEnumerable<EventPage> TailAsync(EventId after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Begin(after);
        var mayWait = false;
        while (true)
        {
            var answer = await TailAsync(after, mayWait, cancellationToken).ConfigureAwait(false);
            mayWait = true;
            if (IsLost(after, answer))
            {
                Forget();
                var bounds = Bounds(answer.State);
                after = bounds.TrimmedThrough;
                mayWait = false;
                yield return new([], bounds, IsReset: true);
                continue;
            }

            Note(after, answer);
            if (answer.Page.Entries > 0)
                after = answer.Page.Last;
            skipped.Metrics.TailRead(skipped.Hub, after < answer.State.Newest ? answer.State.Newest.Milliseconds - after.Milliseconds : 0);
            yield return new(answer.Page.Frames, Bounds(answer.State));
        }
    }

    public virtual ValueTask<LogBounds> TrimAsync(CancellationToken cancellationToken) => GetBoundsAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Which part of the entries, counted from the oldest, is more than half-way out of the retention.</summary>
    protected abstract double PartHalfwayOut(StreamState state);

    /// <summary>The position before which everything is more than half-way out by its age.</summary>
    protected virtual EventId HalfwayOutByAge() => EventId.Zero;

    protected static EventLogUnavailableException Unavailable(Exception cause) => new(cause.Message, cause);

    protected async ValueTask<(StreamState State, bool IsThere)> AskAsync(RespCommand command, int ids, CancellationToken cancellationToken)
    {
        try
        {
            using var reply = await client.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
            return Read(reply);
        }
        catch (Exception e) when (e is RedisConnectionException or RedisServerException or RespProtocolException)
        {
            throw Unavailable(e);
        }

        (StreamState State, bool IsThere) Read(RespReply reply)
        {
            var reader = reply.Read();
            Span<bool> found = stackalloc bool[ids];
            var state = StreamState.Read(ref reader, found);
            return (state, ids > 0 && found[0]);
        }
    }

    protected LogBounds Bounds(StreamState state)
    {
        EventId trimmedThrough;
        lock (_lock)
        {
            NoteTrimmed(state);
            trimmedThrough = state.First is not { } first ? state.Newest
                : state.IsWhole ? EventId.Zero
                : _trimmed.Number >= 0 && _trimmed.Number == state.Trimmed && _trimmed.Id < first ? _trimmed.Id
                : first.Previous;
        }

        return new(trimmedThrough, state.First, state.Newest, HalfwayThrough(state));
    }

    private EventId HalfwayThrough(StreamState state)
    {
        if (state.First is not { } first)
            return EventId.Zero;
        // Where ids are times and events come evenly; near enough for when to refresh an idle client.
        var part = PartHalfwayOut(state);
        var byPart = part <= 0 ? EventId.Zero
            : new EventId(first.Milliseconds + (ulong)((state.Newest.Milliseconds - first.Milliseconds) * part), 0).Previous;
        var half = HalfwayOutByAge() is var byAge && byAge > byPart ? byAge : byPart;
        return half < state.Newest ? half : state.Newest;
    }

    private int CountFor(int maxEvents) => (int)Math.Clamp(PageBytes / Math.Max(MeanCost, 1024), 1, maxEvents);

    private async ValueTask<(EntryPage Page, StreamState State)> ReadAsync(RespCommand range, CancellationToken cancellationToken)
    {
        using var command = new RespCommand(StreamState.Script, 1).AddKey(key);
        try
        {
            using var reply = await client.TransactAsync([range, command], cancellationToken: cancellationToken).ConfigureAwait(false);
            var read = Read(reply);
            NoteCosts(read.Page.Frames);
            return read;
        }
        catch (Exception e) when (e is RedisConnectionException or RedisServerException or RespProtocolException)
        {
            throw Unavailable(e);
        }

        (EntryPage Page, StreamState State) Read(RespReply reply)
        {
            var reader = reply.Read();
            reader.ReadArray();
            var entries = StreamReplyReader.OfEntries(reader);
            // The tail tells of what cannot be an event.
            var page = EntryPage.Read(ref entries, format, skipped: null);
            var rest = entries.Rest;
            return (page, StreamState.Read(ref rest, []));
        }
    }

    private async ValueTask<TailAnswer> TailAsync(EventId after, bool mayWait, CancellationToken cancellationToken)
    {
        try
        {
            _reader ??= await readers.AssignAsync(key, cancellationToken).ConfigureAwait(false);
            return await _reader.ReadAsync(new(key, after, mayWait, format, skipped, time.GetTimestamp()), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RedisConnectionException or RedisServerException or RespProtocolException)
        {
            throw Unavailable(e);
        }
    }

    private bool IsLost(EventId after, TailAnswer answer)
    {
        lock (_lock)
            return answer.IsLost(after) || (answer.State.Added >= 0 && answer.State.Added < _tail.Number);
    }

    private void Begin(EventId after)
    {
        lock (_lock)
        {
            // Entries after it that cannot be an event were counted, and will be read again.
            if (_tail.Id != after || _tailPosition != after)
                _tail = (after, -1);
        }
    }

    private void Forget()
    {
        lock (_lock)
            _tail = _trimmed = (EventId.Zero, -1);
    }

    private void Note(EventId after, TailAnswer answer)
    {
        var (frames, entries, last) = answer.Page;
        NoteCosts(frames);
        lock (_lock)
        {
            NoteTrimmed(answer.State);
            var id = frames.Count > 0 ? frames[^1].Id : _tail.Number >= 0 ? _tail.Id : after;
            _tailPosition = entries > 0 ? last : after;
            // Elsewhere than at the end it can be counted, as long as nothing before the page was trimmed.
            var number = _tailPosition == answer.State.Newest ? answer.State.Added
                : _tail.Number >= answer.State.Trimmed && _tail.Number >= 0 ? _tail.Number + entries
                : -1;
            _tail = (id, number);
        }
    }

    // Called under the lock. Also before the tail moves on: what it had last may be what has just been trimmed.
    private void NoteTrimmed(StreamState state)
    {
        if (_tail.Number >= 0 && state.Trimmed == _tail.Number)
            _trimmed = _tail;
    }

    private void NoteCosts(List<Frame> frames)
    {
        lock (_lock)
        {
            foreach (var frame in frames)
            {
                // The mean of all at first, then of about the last thousand.
                _costs = Math.Min(_costs + 1, 1000);
                _meanCost += (frame.Cost - _meanCost) / _costs;
            }
        }
    }
}
