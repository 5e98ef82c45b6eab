using Microsoft.Extensions.Logging;

namespace Curlew;

/// <summary>
/// Events that their publishers do not wait for: published in order by one loop, which retries with the same key until the log takes them, so that
/// nothing lands twice. Bounded in events and bytes; what has no room is dropped and counted.
/// </summary>
internal sealed class Outbox(Hub hub, TimeProvider time, CurlewMetrics metrics, ILogger logger) : IDisposable
{
    private const int MaxBatchEvents = 256;
    private static readonly TimeSpan MinDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    // Guards the queue, its size and the loop.
    private readonly Lock _lock = new();
    private readonly Queue<(NewEvent Event, string? Key)> _queue = new();
    private readonly CancellationTokenSource _stopping = new();
    private long _bytes;
    private Task? _loop;

    public void Add(NewEvent newEvent, string? key)
    {
        lock (_lock)
        {
            // A queue always takes one event, however large.
            var isFull = _queue.Count >= hub.Options.OutboxEvents || (_queue.Count > 0 && _bytes + newEvent.Data.Length > hub.Options.OutboxBytes);
            if (isFull || _stopping.IsCancellationRequested)
            {
                metrics.OutboxDropped(hub.Name);
                Messages.OutboxDropped(logger, hub.Name);
                return;
            }

            _queue.Enqueue((newEvent, key));
            _bytes += newEvent.Data.Length;
            // The loop lives only while there is something to publish.
            _loop ??= Task.Run(RunAsync, CancellationToken.None);
        }
    }

    /// <summary>Waits until everything has been published, or until the token is cancelled: what is left then is dropped and counted.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        Task? loop;
        lock (_lock)
            loop = _loop;
        if (loop is null)
            return;
        try
        {
            await loop.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
            await loop.ConfigureAwait(false);
        }
    }

    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync()
    {
        while (PeekBatch(out var batch, out var key))
        {
            for (var delay = MinDelay; !await TryPublishAsync(batch, key).ConfigureAwait(false); delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay)
            {
                try
                {
                    await Task.Delay(delay, time, _stopping.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    DropAll();
                    return;
                }
            }

            Remove(batch.Count);
        }
    }

    private async ValueTask<bool> TryPublishAsync(List<NewEvent> batch, string key)
    {
        try
        {
            await hub.Log.AppendAsync(batch, key, _stopping.Token).ConfigureAwait(false);
            metrics.Published(hub.Name, batch.Count);
            return true;
        }
        catch (Exception e)
        {
            // Whatever it was: an outbox whose loop has ended would publish nothing any more.
            Messages.OutboxWaits(logger, hub.Name, e.Message);
            return false;
        }
    }

    /// <summary>The next batch, within the hub's limit. It stays in the queue, and counts towards its bound, until the log has taken it.</summary>
    private bool PeekBatch(out List<NewEvent> batch, out string key)
    {
        batch = [];
        lock (_lock)
        {
            if (!_queue.TryPeek(out var first))
            {
                _loop = null;
                key = "";
                return false;
            }

            key = first.Key ?? Guid.NewGuid().ToString("N");
            long bytes = 0;
            foreach (var (next, ownKey) in _queue)
            {
                bytes += next.Data.Length;
                // An event with a key of its own is a batch of its own.
                var isFull = batch.Count == MaxBatchEvents || bytes > hub.Options.MaxBatchBytes || first.Key is not null || ownKey is not null;
                if (batch.Count > 0 && isFull)
                    break;
                batch.Add(next);
            }

            return true;
        }
    }

    private void Remove(int count)
    {
        lock (_lock)
        {
            for (; count > 0; count--)
                _bytes -= _queue.Dequeue().Event.Data.Length;
        }
    }

    private void DropAll()
    {
        lock (_lock)
        {
            metrics.OutboxDropped(hub.Name, _queue.Count);
            _queue.Clear();
            _bytes = 0;
            _loop = null;
        }
    }
}
