using System.Buffers;
using System.IO.Pipelines;
using Curlew.Protocol;
using Microsoft.AspNetCore.Http;

namespace Curlew;

/// <summary>
/// The HTTP response that a subscription writes to. One loop, <see cref="RunAsync"/>, reads the subscription and writes, with one flush in flight at the
/// most; everybody else only signals it. While it waits it owns no buffer, no timer and no task but the request's.
/// </summary>
internal sealed class EventStreamConnection : WakeSignal, ISubscriber
{
    [ThreadStatic]
    private static FrameBatch? s_batch;

    private readonly HttpContext _context;
    // Taken when the stream begins: turning buffering off may exchange it.
    private PipeWriter _output = null!;
    private readonly ConnectionClock _clock;
    private readonly ConnectionMetrics _metrics;
    private readonly bool _isEnveloped;
    // Guards the context against being touched after the request has ended.
    private readonly Lock _lifetime = new();
    private bool _hasEnded;
    // Written once, by whoever closes first; read by the loop.
    private int _closeReason;
    // When the pending flush began, or 0. Written by the loop, read by the heartbeat.
    private long _flushingSince;
    private long _lastWrite;

    public EventStreamConnection(HttpContext context, Hub hub, ConnectionClock clock, ConnectionMetrics metrics, ConnectionSlot slot, bool isEnveloped)
    {
        _context = context;
        _clock = clock;
        _metrics = metrics;
        _isEnveloped = isEnveloped;
        Hub = hub;
        Slot = slot;
        _lastWrite = OpenedAt = clock.Now;
    }

    public Hub Hub { get; }

    public ConnectionSlot Slot { get; }

    public Subscription? Subscription { get; set; }

    /// <summary>The registry's: its index in the list of all. Guarded by the registry's lock.</summary>
    public int Index { get; set; } = -1;

    /// <summary>When it opened, as a timestamp.</summary>
    public long OpenedAt { get; }

    /// <summary>When it is to be asked to reconnect, as a timestamp.</summary>
    public long ExpiresAt { get; init; } = long.MaxValue;

    /// <summary>When a keep-alive last went out, or anything else, as a timestamp.</summary>
    public long LastWrite => Volatile.Read(ref _lastWrite);

    /// <summary>When the pending flush began, or 0 where none is.</summary>
    public long FlushingSince => Volatile.Read(ref _flushingSince);

    public CloseReason Reason => (CloseReason)Volatile.Read(ref _closeReason);

    /// <summary>Ends the stream on purpose: the client gets a <c>retry:</c> and a clean end, as soon as what is in flight has gone out.</summary>
    public void Close(CloseReason reason)
    {
        // The first reason stays.
        if (Interlocked.CompareExchange(ref _closeReason, (int)reason, (int)CloseReason.None) == (int)CloseReason.None)
            Wake();
    }

    /// <summary>Cuts the connection: its client does not read.</summary>
    public void Abort(CloseReason reason)
    {
        Close(reason);
        lock (_lifetime)
        {
            if (!_hasEnded)
                _context.Abort();
        }
    }

    /// <summary>Writes until the client leaves or the stream is closed.</summary>
    public async Task RunAsync()
    {
        _output = _context.Response.BodyWriter;
        // The callback runs on the transport: it signals, and the loop does the rest.
        var registration = _context.RequestAborted.UnsafeRegister(static state => ((EventStreamConnection)state!).Close(CloseReason.ClosedByClient), this);
        try
        {
            await WriteAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            Close(CloseReason.ClosedByClient);
        }
        finally
        {
            lock (_lifetime)
                _hasEnded = true;
            await registration.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task WriteAsync()
    {
        WriteFirstBlock();
        if (!await FlushAsync().ConfigureAwait(false))
            return;

        var subscription = Subscription!;
        while (true)
        {
            // Looked at before the queue is, so that what came before the close goes out before the goodbye: one batch of it, not all of a long replay.
            var reason = Reason;
            if (reason is CloseReason.ClosedByClient)
                return;
            var status = ReadAndWrite(subscription, out var hasWritten);
            if (status == ReadStatus.BelowWindow && reason == CloseReason.None)
                (status, hasWritten) = await ReadLogAndWriteAsync(subscription, hasWritten).ConfigureAwait(false);
            if (!hasWritten && status != ReadStatus.Ended && subscription.TryTakeKeepAlive(out var position))
                hasWritten = WriteKeepAlive(position);
            if (hasWritten && !await FlushAsync().ConfigureAwait(false))
                return;
            if (reason != CloseReason.None)
            {
                await SayGoodbyeAsync().ConfigureAwait(false);
                return;
            }

            if (status == ReadStatus.Ended)
                Close(CloseReason.SlowConsumer);
            else if (status == ReadStatus.Idle)
                await WaitAsync().ConfigureAwait(false);
        }
    }

    private void WriteFirstBlock()
    {
        EventStreamEncoder.WriteRetry(_output, _clock.JitteredReconnectDelay());
        if (Subscription!.JoinedAt is { } position && Hub.HasHistory)
            EventStreamEncoder.WriteId(_output, position);
        EventStreamEncoder.EndBlock(_output);
    }

    private ReadStatus ReadAndWrite(Subscription subscription, out bool hasWritten)
    {
        // Nothing is awaited between taking the batch and giving it back, so a thread's connections share one.
        var batch = s_batch ??= new();
        try
        {
            var status = subscription.Read(batch);
            hasWritten = Write(batch);
            return status;
        }
        finally
        {
            // Also where the write failed: what is left in it would go to another client.
            batch.Clear();
        }
    }

    private async ValueTask<(ReadStatus Status, bool HasWritten)> ReadLogAndWriteAsync(Subscription subscription, bool hasWritten)
    {
        var batch = new FrameBatch();
        try
        {
            var status = await subscription.ReadLogAsync(batch, _context.RequestAborted).ConfigureAwait(false);
            return (status, Write(batch) || hasWritten);
        }
        catch (EventLogUnavailableException)
        {
            // The client comes back with its id, to this node or to one that has more luck.
            Close(CloseReason.LogUnavailable);
            return (ReadStatus.More, hasWritten);
        }
    }

    private bool Write(FrameBatch batch)
    {
        if (batch.Count == 0)
            return false;
        foreach (var frame in batch.Frames)
            _output.Write(_isEnveloped ? frame.GetEnvelope() : frame.Span);
        _metrics.Delivered(Hub.Name, batch.Count, batch.IsReplay);
        // The id of a gap is a position, as old as may be.
        if (!batch.IsReplay && batch.Frames[0].Type != NewEvent.GapType)
            _metrics.SendDelay(_clock.Since(batch.Frames[0].Id));
        return true;
    }

    private bool WriteKeepAlive(EventId position)
    {
        if (Hub.HasHistory)
            EventStreamEncoder.WriteIdBlock(_output, position);
        else
            _output.Write(":\n\n"u8);
        _metrics.KeepAliveSent();
        return true;
    }

    /// <returns>Whether the client is still there.</returns>
    private async ValueTask<bool> FlushAsync()
    {
        // Not cancelled by a token: a stuck flush is ended by aborting the connection.
        var flush = _output.FlushAsync(CancellationToken.None);
        FlushResult result;
        if (flush.IsCompletedSuccessfully)
        {
            result = flush.Result;
        }
        else
        {
            Volatile.Write(ref _flushingSince, _clock.Now);
            try
            {
                result = await flush.ConfigureAwait(false);
            }
            finally
            {
                Volatile.Write(ref _flushingSince, 0);
            }
        }

        Volatile.Write(ref _lastWrite, _clock.Now);
        if (!result.IsCompleted && !result.IsCanceled)
            return true;
        Close(CloseReason.ClosedByClient);
        return false;
    }

    private async ValueTask SayGoodbyeAsync()
    {
        EventStreamEncoder.WriteRetry(_output, _clock.JitteredReconnectDelay());
        EventStreamEncoder.EndBlock(_output);
        await FlushAsync().ConfigureAwait(false);
    }
}
