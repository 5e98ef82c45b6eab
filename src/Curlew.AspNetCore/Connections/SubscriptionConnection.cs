using System.Buffers;
using System.IO.Pipelines;
using Curlew.Protocol;
using Microsoft.AspNetCore.Http;

namespace Curlew;

/// <summary>A stream of a hub: its loop reads the subscription and writes what it gives.</summary>
internal sealed class SubscriptionConnection(
    HttpContext context, EventStreamHost host, Hub hub, Interest interest, ConnectionSlot slot, bool isEnveloped)
    : EventStreamConnection(context, host, slot), ISubscriber
{
    // Of an event that goes to many streams, one in so many says how late it is.
    private const int MeasuredOf = 16;

    [ThreadStatic]
    private static FrameBatch? s_batch;

    [ThreadStatic]
    private static (EventId Id, int Count) s_measured;

    // What the short way began and could not end; taken by the loop.
    private Unfinished? _unfinished;

    private readonly DeliveryTally _tally = host.Metrics.TallyOf(hub.Name);

    public Hub Hub { get; } = hub;

    public Interest Interest { get; } = interest;

    /// <summary>None until the hub has found where it begins.</summary>
    public Subscription? Subscription { get; set; }

    public override string Origin => $"hub '{Hub.Name}'";

    public override void RequestKeepAlive() => Subscription?.RequestKeepAlive();

    protected override async Task WriteAsync()
    {
        WriteFirstBlock();
        if (!await FlushAsync().ConfigureAwait(false))
            return;
        TurnToConnection();

        var subscription = Subscription!;
        if (IsScheduled && !subscription.IsLive)
            await YieldAsync(isReplay: true).ConfigureAwait(false);
        while (true)
        {
            // Looked at before the queue is, so that what came before the close goes out before the goodbye: one batch of it, not all of a long replay.
            var reason = Reason;
            if (reason is CloseReason.ClosedByClient)
                return;
            if (_unfinished is not null && !await FinishAsync().ConfigureAwait(false))
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
            else if (IsScheduled)
                await YieldAsync(isReplay: !subscription.IsLive).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// A turn of the loop for a stream that is live and has a client that keeps up, without the loop: what is there is written and sent at once, and nothing
    /// else has to be done.
    /// </summary>
    protected override bool TryGoOn()
    {
        var subscription = Subscription!;
        try
        {
            do
            {
                TakeWake();
                if (Reason != CloseReason.None)
                    return false;
                var status = ReadAndWrite(subscription, out var hasWritten);
                if (!hasWritten && status == ReadStatus.Idle && subscription.TryTakeKeepAlive(out var position))
                    hasWritten = WriteKeepAlive(position);
                if (hasWritten && !TryFlush(out var flush))
                {
                    _unfinished = new(flush);
                    return false;
                }

                // The loop reads on.
                if (status != ReadStatus.Idle)
                    return false;
            }
            while (!TryWaitAgain());
            return true;
        }
        catch (Exception e)
        {
            _unfinished = new(ValueTask.FromException<FlushResult>(e));
            return false;
        }
    }

    private ValueTask<bool> FinishAsync()
    {
        var flush = _unfinished!.Flush;
        _unfinished = null;
        return FinishAsync(flush);
    }

    protected override void OnEnded() => GiveBack();

    /// <summary>Gives the subscription and the place back. Called once: when the stream has run, or where it does not come to that.</summary>
    public void GiveBack()
    {
        if (Subscription is { } subscription)
            Hub.Leave(subscription);
        Host.Release(Slot);
    }

    private void WriteFirstBlock()
    {
        EventStreamEncoder.WriteRetry(Output, Clock.JitteredReconnectDelay());
        if (Subscription!.JoinedAt is { } position && Hub.HasHistory)
            EventStreamEncoder.WriteId(Output, position);
        EventStreamEncoder.EndBlock(Output);
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
            var status = await subscription.ReadLogAsync(batch, ClientLeft).ConfigureAwait(false);
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
        var bytes = 0;
        foreach (var frame in batch.Frames)
        {
            if (isEnveloped)
            {
                var envelope = frame.GetEnvelope();
                Output.Write(envelope);
                bytes += envelope.Length;
            }
            else
            {
                Write(frame);
                bytes += frame.Length;
            }
        }

        CountSent(batch.Count, bytes);
        _tally.Add(batch.Count, batch.IsReplay);
        // The id of a gap is a position, as old as may be.
        if (!batch.IsReplay && batch.Frames[0] is { Type: not NewEvent.GapType, Id: var id } && IsToBeMeasured(id))
            Metrics.SendDelay(Clock.Since(id));
        return true;
    }

    private sealed record Unfinished(ValueTask<FlushResult> Flush);

    private static bool IsToBeMeasured(EventId id)
    {
        ref var measured = ref s_measured;
        if (measured.Id == id && ++measured.Count < MeasuredOf)
            return false;
        measured = (id, 0);
        return true;
    }

    private bool WriteKeepAlive(EventId position)
    {
        // For whoever looks at the stream; no client acts on a comment.
        if (Hub.Trouble is not null)
            Output.Write(": the event log cannot be reached; events follow once it is back\n"u8);
        if (Hub.HasHistory)
            EventStreamEncoder.WriteIdBlock(Output, position);
        else
            Output.Write(":\n\n"u8);
        Metrics.KeepAliveSent();
        return true;
    }
}
