using System.Security.Cryptography;
using Curlew.Redis.Resp;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis;

/// <summary>Processes a stream as one member of a consumer group, for as long as the host runs.</summary>
/// <remarks>
/// <para>One loop does everything in turn: what is still its own after a fault, what others left, and what is new. Entries are tried one after another; an
/// entry is done with, processed or given up, before the next begins. Acknowledgements are not waited for until all that was read is processed.</para>
/// <para>Beside the loop a heartbeat says, three times in <see cref="StreamConsumerOptions.ReclaimAfter"/>, that what is in hand is not idle, and prolongs
/// the lease where there is one. Nothing is begun that has not been held within two thirds of that time: it could be another's by then.</para>
/// </remarks>
internal sealed class StreamConsumerWorker(
    StreamConsumerRegistration registration,
    IOptionsMonitor<StreamConsumerOptions> allOptions,
    RedisConnections connections,
    IServiceScopeFactory scopes,
    TimeProvider time) : IHostedService, IAsyncDisposable
{
    // The error of an entry that was given up although no attempt has failed here: those who tried it have ended.
    private const string Lost = "lost";

    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(2);

    private readonly ILogger _logger = connections.Logger;
    private readonly RedisMetrics _metrics = connections.Metrics;
    private readonly ReconnectDelay _delay = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5), Random.Shared);
    // Nothing new is taken.
    private readonly CancellationTokenSource _stopping = new();
    // What is in hand is left as it is.
    private readonly CancellationTokenSource _leaving = new();

    private StreamConsumerOptions _options = new();
    private IRedisSession? _session;
    private ConsumerGroup _group = null!;
    private Task _loop = Task.CompletedTask;
    private Task _heartbeat = Task.CompletedTask;

    // Of the loop alone.
    private bool _hadGroup;
    private bool _hasGroup;
    private bool _mayHaveOwn;
    private bool _isTakingOver;
    private int _failures;
    private long? _reclaimedAt;
    private long? _forgotAt;

    // Protects what follows, and that a stop happens once.
    private readonly Lock _lock = new();
    private readonly HashSet<EventId> _inHand = [];
    private readonly HashSet<EventId> _untried = [];
    private bool _isActive;
    private long _heldAt;
    private Task? _stopped;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _options = allOptions.Get(registration.OptionsName);
        var (stream, group) = (registration.Stream, registration.Group);
        var consumer = _options.ConsumerName ?? $"{Environment.MachineName}-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        _session = connections.Client.OpenSession(stream);
        _group = new(connections.Client, _session, stream, group, consumer, _options.DeadLetterStream ?? StreamKeys.TryDerive(stream, "dead")!, $"{stream}:lease:{group}", time);
        // A name of one's own choice may have been had by a process before.
        _mayHaveOwn = _options.ConsumerName is not null;
        _isActive = !_options.Exclusive;
        Messages.ConsumerStarts(_logger, consumer, group, stream);
        _loop = Task.Run(RunAsync, CancellationToken.None);
        _heartbeat = Task.Run(BeatAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return _stopped ??= _session is null ? Task.CompletedTask : StopOnceAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        if (_session is not null)
            await _session.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
        _leaving.Dispose();
    }

    private async Task StopOnceAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        using (var timeout = new CancellationTokenSource(_options.StopTimeout, time))
        using (var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token))
        {
            await EndAsync(_loop, bound.Token).ConfigureAwait(false);
        }

        await _leaving.CancelAsync().ConfigureAwait(false);
        using var rest = new CancellationTokenSource(LeaveTimeout, time);
        // A consumer that does not heed its token is left alone.
        await EndAsync(Task.WhenAll(_loop, _heartbeat), rest.Token).ConfigureAwait(false);
        await LeaveAsync().ConfigureAwait(false);
    }

    private static async Task EndAsync(Task task, CancellationToken bound) =>
        await ((Task)task.WaitAsync(bound)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task LeaveAsync()
    {
        EventId[] untried;
        lock (_lock)
            untried = [.. _untried];
        using var bound = new CancellationTokenSource(LeaveTimeout, time);
        try
        {
            var given = await _group.LeaveAsync(untried, LeaveTimeout, bound.Token).ConfigureAwait(false);
            // After that: whoever takes over finds everything given back.
            if (_options.Exclusive)
                await _group.EndLeaseAsync(LeaveTimeout, bound.Token).ConfigureAwait(false);
            if (given > 0)
                Messages.GivenBack(_logger, _group.Consumer, _group.Group, (int)Math.Min(given, int.MaxValue), _group.Stream);
        }
        catch (RedisServerException e) when (e.Code == "NOGROUP")
        {
            // There is nothing to leave.
        }
        catch (Exception e) when (e is RedisConnectionException or RedisServerException or RespProtocolException or OperationCanceledException or ObjectDisposedException)
        {
            Messages.NotLeft(_logger, _group.Consumer, _group.Group, _group.Stream, e.Message);
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await TurnAsync().ConfigureAwait(false);
                if (_failures > 0)
                    Messages.ConsumerGoesOn(_logger, _group.Group, _group.Stream);
                _failures = 0;
                continue;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (RedisServerException e) when (e.Code is "NOGROUP" or "UNBLOCKED")
            {
                // Flushed, or never there.
                _hasGroup = false;
                if (_failures == 0)
                {
                    _failures++;
                    continue;
                }
            }
            catch (Exception e) when (e is RedisConnectionException or RedisServerException or RespProtocolException)
            {
                if (_failures == 0)
                    Messages.ConsumerInTrouble(_logger, _group.Group, _group.Stream, e.Message);
            }
            catch (Exception e)
            {
                Messages.ConsumerFailed(_logger, _group.Group, _group.Stream, e);
            }
            finally
            {
                Drop();
            }

            // What was on its way may have become this consumer's all the same.
            _mayHaveOwn = true;
            await PauseAsync(_delay.Next(_failures++), _stopping.Token).ConfigureAwait(false);
        }
    }

    private async Task TurnAsync()
    {
        if (_options.Exclusive && !await IsActiveAsync().ConfigureAwait(false))
        {
            await PauseAsync(_options.ReclaimInterval, _stopping.Token).ConfigureAwait(false);
            return;
        }

        if (!_hasGroup)
            await MakeGroupAsync().ConfigureAwait(false);
        if (_mayHaveOwn)
            await GoOnWithOwnAsync().ConfigureAwait(false);
        if (_isTakingOver || _reclaimedAt is not { } reclaimed || time.GetElapsedTime(reclaimed) >= _options.ReclaimInterval)
            await ReclaimAsync().ConfigureAwait(false);
        if (_stopping.IsCancellationRequested)
            return;

        var connection = _group.Connections;
        var block = connections.Options.BlockTime < _options.ReclaimInterval ? connections.Options.BlockTime : _options.ReclaimInterval;
        var entries = await _group.ReadAsync(_options.ReadCount, block, _stopping.Token).ConfigureAwait(false);
        // What the connection before was about to give is this consumer's, and did not arrive.
        _mayHaveOwn |= connection != 0 && _group.Connections != connection;
        if (entries.Count == 0)
            return;
        Take(entries.Select(static entry => entry.Id), isNew: true);
        await ProcessAsync(entries, static entry => entry.Id, static (_, entry, _) => Task.FromResult<StreamEntry?>(entry)).ConfigureAwait(false);
    }

    private async Task MakeGroupAsync()
    {
        var wasMissing = await _group.CreateAsync(_options.SkipExisting && !_hadGroup, _stopping.Token).ConfigureAwait(false);
        if (wasMissing && _hadGroup)
            Messages.GroupMadeAgain(_logger, _group.Group, _group.Stream);
        else if (wasMissing)
            Messages.GroupMade(_logger, _group.Group, _group.Stream);
        _hasGroup = _hadGroup = true;
    }

    private async Task GoOnWithOwnAsync()
    {
        var after = EventId.Zero;
        while (!_stopping.IsCancellationRequested)
        {
            var ids = await _group.FindOwnAsync(_options.ReadCount, after, _stopping.Token).ConfigureAwait(false);
            if (ids.Count == 0)
            {
                _mayHaveOwn = false;
                lock (_lock)
                    _untried.Clear();
                return;
            }

            after = ids[^1];
            lock (_lock)
                _inHand.UnionWith(ids);
            await TryAgainAsync(ids).ConfigureAwait(false);
        }
    }

    private async Task ReclaimAsync()
    {
        // Who takes over knows that nobody else is at work.
        var idle = _isTakingOver ? TimeSpan.Zero : _options.ReclaimAfter;
        for (var next = "0-0"; next is not null && !_stopping.IsCancellationRequested;)
        {
            (var ids, next) = await _group.ReclaimAsync(idle, next, _options.ReadCount, _stopping.Token).ConfigureAwait(false);
            if (ids.Count == 0)
                continue;
            _metrics.Reclaimed(_group.Stream, _group.Group, ids.Count);
            Messages.Reclaimed(_logger, _group.Group, _group.Stream, ids.Count);
            Take(ids, isNew: false);
            await TryAgainAsync(ids).ConfigureAwait(false);
        }

        _isTakingOver = false;
        _reclaimedAt = time.GetTimestamp();
        if (_forgotAt is { } forgot && time.GetElapsedTime(forgot) < _options.ForgetAfter / 4)
            return;
        await _group.ForgetAsync(_options.ForgetAfter, _stopping.Token).ConfigureAwait(false);
        _forgotAt = time.GetTimestamp();
    }

    private Task TryAgainAsync(List<EventId> ids) => ProcessAsync(
        ids, static id => id, static (worker, id, isUntried) => worker._group.BeginAsync(id, worker._options.MaxAttempts, isUntried, worker._leaving.Token));

    /// <summary>Processes what is in hand, one after another, and waits for the acknowledgements.</summary>
    private async Task ProcessAsync<T>(IReadOnlyList<T> items, Func<T, EventId> idOf, Func<StreamConsumerWorker, T, bool, Task<StreamEntry?>> begin)
    {
        List<Task> acknowledgements = new(items.Count);
        try
        {
            foreach (var item in items)
            {
                _leaving.Token.ThrowIfCancellationRequested();
                if (!await IsHeldAsync(idOf(item)).ConfigureAwait(false))
                    continue;
                bool isUntried;
                lock (_lock)
                    isUntried = _untried.Remove(idOf(item));
                if (await begin(this, item, isUntried).ConfigureAwait(false) is { } entry)
                    await ProcessAsync(entry, acknowledgements).ConfigureAwait(false);
                else
                    Drop(idOf(item));
            }
        }
        finally
        {
            await Task.WhenAll(acknowledgements).ConfigureAwait(false);
        }
    }

    private async Task ProcessAsync(StreamEntry entry, List<Task> acknowledgements)
    {
        if (entry.Attempt > _options.MaxAttempts)
        {
            await GiveUpAsync(entry, _options.MaxAttempts, Lost).ConfigureAwait(false);
            return;
        }

        for (StreamEntry? next = entry; next is not null;)
        {
            entry = next;
            if (await TryAsync(entry).ConfigureAwait(false) is not { } error)
            {
                acknowledgements.Add(AcknowledgeAsync(entry.Id));
                return;
            }

            if (entry.Attempt >= _options.MaxAttempts)
            {
                await GiveUpAsync(entry, entry.Attempt, error).ConfigureAwait(false);
                return;
            }

            await PauseAsync(_options.DelayAfter(entry.Attempt), _stopping.Token).ConfigureAwait(false);
            // When the host stops the entry is left to others: it goes back with whatever is still pending.
            if (_stopping.IsCancellationRequested || !await IsHeldAsync(entry.Id).ConfigureAwait(false))
                return;
            next = await _group.BeginAsync(entry.Id, _options.MaxAttempts, isUntried: false, _leaving.Token).ConfigureAwait(false);
        }

        Drop(entry.Id);
    }

    /// <summary>Makes an attempt.</summary>
    /// <returns>The name of the error; null where there was none.</returns>
    private async Task<string?> TryAsync(StreamEntry entry)
    {
        try
        {
            var scope = scopes.CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
                await registration.Resolve(scope.ServiceProvider).HandleAsync(entry, _leaving.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            _metrics.AttemptFailed(_group.Stream, _group.Group);
            Messages.AttemptFailed(_logger, entry.Attempt, _options.MaxAttempts, entry.Id, _group.Stream, _group.Group, e);
            // No message: what an exception says may be secret.
            return e.GetType().FullName ?? e.GetType().Name;
        }
    }

    private async Task AcknowledgeAsync(EventId id)
    {
        await InsistAsync(() => _group.AcknowledgeAsync(id, _leaving.Token)).ConfigureAwait(false);
        _metrics.Processed(_group.Stream, _group.Group);
        Drop(id);
    }

    private async Task GiveUpAsync(StreamEntry entry, int attempts, string error)
    {
        await InsistAsync(async () =>
        {
            await _group.DeadLetterAsync(entry, attempts, error, _options.DeadLetterLength, _leaving.Token).ConfigureAwait(false);
        }).ConfigureAwait(false);
        _metrics.DeadLettered(_group.Stream, _group.Group);
        Messages.DeadLettered(_logger, entry.Id, _group.Stream, _group.Group, attempts, error, _group.DeadLetters);
        Drop(entry.Id);
    }

    /// <summary>Does what may be done twice until it has been done: an entry that is processed must not come again because Redis was away just then.</summary>
    private async Task InsistAsync(Func<Task> act)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                await act().ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is RedisConnectionException || (e is RedisServerException { Code: not "NOGROUP" } && failures < 10))
            {
                if (failures == 1)
                    Messages.ConsumerInTrouble(_logger, _group.Group, _group.Stream, e.Message);
            }

            await Task.Delay(_delay.Next(failures), time, _leaving.Token).ConfigureAwait(false);
        }
    }

    private async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(_options.ReclaimAfter / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_leaving.Token).ConfigureAwait(false))
            {
                try
                {
                    await HoldAsync().ConfigureAwait(false);
                }
                catch (Exception e) when (e is RedisConnectionException or RedisServerException or RespProtocolException)
                {
                    // The loop has the same trouble and tells of it; and what is not held is not begun.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    /// <summary>Whether an entry in hand is still this consumer's; makes sure where that was not heard of lately.</summary>
    private async Task<bool> IsHeldAsync(EventId id)
    {
        bool isFresh;
        lock (_lock)
            isFresh = time.GetElapsedTime(_heldAt) < _options.ReclaimAfter * 2 / 3;
        if (!isFresh)
            await HoldAsync().ConfigureAwait(false);
        lock (_lock)
            return _isActive && _inHand.Contains(id);
    }

    private async Task<bool> IsActiveAsync()
    {
        bool isActive;
        lock (_lock)
            isActive = _isActive && time.GetElapsedTime(_heldAt) < _options.ReclaimAfter * 2 / 3;
        if (isActive)
            return true;
        var asked = time.GetTimestamp();
        var (isHeld, isNew) = await _group.LeaseAsync(_options.ReclaimAfter, _stopping.Token).ConfigureAwait(false);
        lock (_lock)
        {
            _isActive = isHeld;
            _heldAt = asked;
        }

        if (isNew)
        {
            // What was read under a lease that ran out comes first: it is known whether it was tried.
            _isTakingOver = _mayHaveOwn = true;
            Messages.TakesOver(_logger, _group.Consumer, _group.Group, _group.Stream);
        }

        return isHeld;
    }

    private async Task HoldAsync()
    {
        EventId[] ids;
        bool isActive;
        lock (_lock)
        {
            ids = [.. _inHand];
            isActive = _isActive;
        }

        var asked = time.GetTimestamp();
        if (_options.Exclusive && isActive)
        {
            var (isHeld, isNew) = await _group.LeaseAsync(_options.ReclaimAfter, _leaving.Token).ConfigureAwait(false);
            // A lease that had run out was perhaps another's in between: what is in hand is begun anew by whoever has it.
            if (!isHeld || isNew)
            {
                Messages.TakenOver(_logger, _group.Consumer, _group.Group, _group.Stream);
                if (isHeld)
                    await _group.EndLeaseAsync(TimeSpan.Zero, _leaving.Token).ConfigureAwait(false);
                lock (_lock)
                {
                    _isActive = false;
                    _inHand.Clear();
                }

                return;
            }
        }

        var lost = ids.Length == 0 ? [] : await _group.HoldAsync(ids, _leaving.Token).ConfigureAwait(false);
        lock (_lock)
        {
            _inHand.ExceptWith(lost);
            _untried.ExceptWith(lost);
            _heldAt = asked;
        }
    }

    private void Take(IEnumerable<EventId> ids, bool isNew)
    {
        lock (_lock)
        {
            foreach (var id in ids)
            {
                _inHand.Add(id);
                if (isNew)
                    _untried.Add(id);
                else
                    _untried.Remove(id);
            }

            // With a lease that is older than the entries, its age counts.
            if (!_options.Exclusive)
                _heldAt = time.GetTimestamp();
        }
    }

    private void Drop(EventId id)
    {
        lock (_lock)
            _inHand.Remove(id);
    }

    /// <summary>Lets go of what is in hand: what is pending is found again.</summary>
    private void Drop()
    {
        lock (_lock)
            _inHand.Clear();
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken end) =>
        await Task.Delay(pause, time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
