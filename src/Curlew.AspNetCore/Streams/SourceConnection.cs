using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Text.Json;
using Curlew.Protocol;
using Microsoft.AspNetCore.Http;

namespace Curlew;

/// <summary>
/// A stream of one request's own source. The loop reads what the source has ready and writes it; while the source has nothing, it waits for the source, a
/// keep-alive or the close, whichever wakes it first.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Disposed of by EndSourceAsync, once the source has ended.")]
internal sealed class SourceConnection : EventStreamConnection
{
    /// <summary>About how much goes into one write, in bytes: as much as Kestrel takes before it makes the writer wait.</summary>
    public const int BytesPerWrite = 64 * 1024;

    // Where the response does not tell how much it holds.
    private const int MaxEventsPerWrite = 256;

    private readonly EventStreamOptions _options;
    private readonly Func<SourceConnection, SourceReader> _open;
    // Where the source is read to its end first.
    private readonly MemoryStream? _collected;
    private readonly CancellationTokenSource _cancel = new();
    // Guards the token's source against being cancelled after it was disposed.
    private readonly Lock _cancelling = new();
    private bool _isCancelDisposed;
    private SourceReader? _reader;
    private int _events;
    private bool _hasWritten;
    // Set by the heartbeat, taken by the loop.
    private bool _isKeepAliveDue;

    public SourceConnection(
        HttpContext context,
        EventStreamHost host,
        ConnectionSlot slot,
        EventStreamOptions options,
        JsonSerializerOptions json,
        Func<SourceConnection, SourceReader> open)
        : this(context, host, slot, options, json, open, options.Buffered ? new() : null)
    {
    }

    private SourceConnection(
        HttpContext context,
        EventStreamHost host,
        ConnectionSlot slot,
        EventStreamOptions options,
        JsonSerializerOptions json,
        Func<SourceConnection, SourceReader> open,
        MemoryStream? collected)
        : base(context, host, slot, collected is null ? null : PipeWriter.Create(collected, new(leaveOpen: true)))
    {
        _collected = collected;
        _options = options;
        _open = open;
        Json = json;
        LastEventId = StreamQuery.ReadLastEventId(context.Request);
        Origin = context.GetEndpoint()?.DisplayName ?? "a request";
        Token = _cancel.Token;
        if (options.MaxDuration is { } duration)
            ExpiresAt = Clock.After(OpenedAt, duration);
        KeepAlive = options.KeepAlive == Timeout.InfiniteTimeSpan || options.Buffered ? TimeSpan.MaxValue : options.KeepAlive;
    }

    public override string Origin { get; }

    public JsonSerializerOptions Json { get; }

    public string? LastEventId { get; }

    /// <summary>Where readers write the events.</summary>
    public IBufferWriter<byte> Body => Output;

    /// <summary>Cancelled as soon as the stream is closed, for whatever reason but the source's own end.</summary>
    public CancellationToken Token { get; }

    /// <summary>What the source threw.</summary>
    public Exception? Failure { get; private set; }

    public override void RequestKeepAlive()
    {
        Volatile.Write(ref _isKeepAliveDue, true);
        Wake();
    }

    /// <summary>Called by readers when they have written: whether there is room for more in the same write.</summary>
    public bool HasRoomAfter(int events)
    {
        _hasWritten = true;
        _events += events;
        if (_options.Flush == EventStreamFlush.EachEvent || Reason != CloseReason.None)
            return false;
        return Output.CanGetUnflushedBytes ? Output.UnflushedBytes < BytesPerWrite : _events < MaxEventsPerWrite;
    }

    /// <summary>Lets go of the source, after the stream has ended: as soon as its pending move ends, which its token asks it to do.</summary>
    public async Task EndSourceAsync()
    {
        try
        {
            if (_reader is not null)
                await _reader.EndAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Token.IsCancellationRequested)
        {
            // What it was asked to do.
        }
        catch (Exception e)
        {
            Log.SourceFailed(Host.Logger, Origin, e);
        }
        finally
        {
            lock (_cancelling)
            {
                _isCancelDisposed = true;
                _cancel.Dispose();
            }
        }
    }

    private static ReadOnlySpan<byte> EmptyComment => ":\n\n"u8;

    private bool HasRetry => _options.ReconnectDelay != Timeout.InfiniteTimeSpan;

    protected override async Task WriteAsync()
    {
        // Sent before the source is touched: the client has its head and first bytes however long the first event takes.
        WriteFirstBlock();
        if (!await FlushAsync().ConfigureAwait(false))
            return;
        while (Reason == CloseReason.None)
        {
            var state = ReadSource();
            if (state == SourceState.Idle && !_hasWritten && Volatile.Read(ref _isKeepAliveDue))
                WriteKeepAlive();
            if (_hasWritten && !await SendAsync().ConfigureAwait(false))
                return;
            if (state == SourceState.Idle)
                await WaitAsync().ConfigureAwait(false);
        }

        if (Reason is not (CloseReason.Completed or CloseReason.Failed or CloseReason.ClosedByClient) && HasRetry)
            await SayGoodbyeAsync().ConfigureAwait(false);
        if (_collected is not null && Reason is not (CloseReason.Failed or CloseReason.ClosedByClient))
            await SendCollectedAsync(_collected.GetBuffer().AsMemory(0, (int)_collected.Length)).ConfigureAwait(false);
    }

    protected override void OnClosing()
    {
        if (Reason == CloseReason.Completed)
            return;
        lock (_cancelling)
        {
            // The callbacks of the source run in the thread pool: this may be the transport, or the heartbeat under its lock.
            if (!_isCancelDisposed)
                _ = _cancel.CancelAsync();
        }
    }

    private SourceState ReadSource()
    {
        try
        {
            _reader ??= _open(this);
            var state = _reader.Read();
            if (state == SourceState.Ended)
                Close(CloseReason.Completed);
            return state;
        }
        catch (OperationCanceledException) when (Token.IsCancellationRequested || Context.RequestAborted.IsCancellationRequested)
        {
            // Where the source heard of it from the request itself, before this stream did.
            Close(CloseReason.ClosedByClient);
        }
        catch (Exception e)
        {
            Failure = e;
            Close(CloseReason.Failed);
            // What is collected first has an answer of its own, by the application's handler of exceptions.
            if (!_options.Buffered)
                TellFailure(e);
        }

        return SourceState.Ended;
    }

    private async ValueTask SendCollectedAsync(ReadOnlyMemory<byte> collected)
    {
        EventStreamResponse.WriteHead(Context, _options);
        Context.Response.ContentLength = collected.Length;
        TurnToResponse();
        // In portions, as a stream is: a client that reads slowly has the write timeout for each of them, and not for all.
        while (collected.Length > 0)
        {
            var portion = Math.Min(collected.Length, BytesPerWrite);
            Output.Write(collected.Span[..portion]);
            if (!await FlushAsync().ConfigureAwait(false))
                return;
            collected = collected[portion..];
        }
    }

    private void TellFailure(Exception failure)
    {
        Log.SourceFailed(Host.Logger, Origin, failure);
        if (!_options.SendErrorEvent)
            return;
        EventBlock.WriteUtf8(Output, """{"error":"The stream failed."}"""u8, EventStream.ErrorType);
        _hasWritten = true;
    }

    private void WriteFirstBlock()
    {
        if (HasRetry)
        {
            EventStreamEncoder.WriteRetry(Output, _options.ReconnectDelay ?? Clock.JitteredReconnectDelay());
            EventStreamEncoder.EndBlock(Output);
        }
        else
        {
            Output.Write(EmptyComment);
        }
    }

    private void WriteKeepAlive()
    {
        Output.Write(EmptyComment);
        _hasWritten = true;
        Metrics.KeepAliveSent();
    }

    private ValueTask<bool> SendAsync()
    {
        if (_events > 0)
        {
            Metrics.TallyOf(hub: null).Add(_events);
            CountSent(_events, Output.CanGetUnflushedBytes ? Output.UnflushedBytes : 0);
        }

        _events = 0;
        _hasWritten = false;
        Volatile.Write(ref _isKeepAliveDue, false);
        return FlushAsync();
    }
}
