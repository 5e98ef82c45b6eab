using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Security.Claims;
using Curlew.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;

namespace Curlew;

/// <summary>
/// The HTTP response that a stream is written to. One loop, <see cref="WriteAsync"/> of the kind of stream, writes, with one flush in flight at the most;
/// everybody else only signals it. While it waits it owns no buffer, no timer and no task but the request's.
/// </summary>
internal abstract class EventStreamConnection : WakeSignal
{
    private readonly HttpContext _context;
    // The response's, taken when that begins: turning buffering off may exchange it. Before, where the stream is collected first, that of the collection.
    private PipeWriter? _output;
    // The same, where it is the connection.
    private ChunkedOutput? _chunks;
    // Guards the context against being touched after the request has ended.
    private readonly Lock _lifetime = new();
    private bool _hasEnded;
    // Written once, by whoever closes first; read by the loop.
    private int _closeReason;
    // When the pending flush began, or 0. Written by the loop, read by the heartbeat.
    private long _flushingSince;
    private long _lastWrite;
    // Written by the loop alone.
    private long _eventsSent;
    private long _bytesSent;

    protected EventStreamConnection(HttpContext context, EventStreamHost host, ConnectionSlot slot, PipeWriter? output = null)
    {
        _context = context;
        _output = output;
        Host = host;
        Slot = slot;
        // What is told of the request is taken now: whoever asks later does so while the server may be using its context for another.
        Path = context.Request.PathBase.Add(context.Request.Path).Value ?? "";
        Endpoint = context.GetEndpoint();
        RemoteAddress = context.Features.Get<IHttpConnectionFeature>()?.RemoteIpAddress;
        User = context.Features.Get<IHttpAuthenticationFeature>()?.User;
        _lastWrite = OpenedAt = Clock.Now;
    }

    public ConnectionSlot Slot { get; }

    public string Path { get; }

    public Endpoint? Endpoint { get; }

    public IPAddress? RemoteAddress { get; }

    public ClaimsPrincipal? User { get; }

    /// <summary>What the stream is of, for the log.</summary>
    public abstract string Origin { get; }

    /// <summary>The registry's: its index in the list of all. Guarded by the registry's lock.</summary>
    public int Index { get; set; } = -1;

    /// <summary>The registry's: how many streams had been listed when this one was.</summary>
    public long Number { get; set; }

    public long EventsSent => Volatile.Read(ref _eventsSent);

    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>When it opened, as a timestamp.</summary>
    public long OpenedAt { get; }

    /// <summary>When it is to be asked to reconnect, as a timestamp.</summary>
    public long ExpiresAt { get; init; } = long.MaxValue;

    /// <summary>How long it may be silent, or <see langword="null"/> for as long as the options say.</summary>
    public TimeSpan? KeepAlive { get; init; }

    /// <summary>When a keep-alive last went out, or anything else, as a timestamp.</summary>
    public long LastWrite => Volatile.Read(ref _lastWrite);

    /// <summary>When the pending flush began, or 0 where none is.</summary>
    public long FlushingSince => Volatile.Read(ref _flushingSince);

    public CloseReason Reason => (CloseReason)Volatile.Read(ref _closeReason);

    /// <summary>Whether it is run in turn with others: nothing but the server is behind its response, where a write that takes its time would hold them up.</summary>
    protected bool IsScheduled { get; private set; }

    protected PipeWriter Output => _output!;

    protected EventStreamHost Host { get; }

    protected ConnectionClock Clock => Host.Clock;

    protected ConnectionMetrics Metrics => Host.Metrics;

    /// <summary>The request, of which only the loop may ask.</summary>
    protected HttpContext Context => _context;

    /// <summary>Cancelled when the client has left.</summary>
    protected CancellationToken ClientLeft => RequestLifetime.ClientLeft(_context);

    /// <summary>Asks for a keep-alive, to be written if the stream is still idle when its loop looks.</summary>
    public abstract void RequestKeepAlive();

    /// <summary>Ends the stream on purpose: the client gets a <c>retry:</c> and a clean end, as soon as what is in flight has gone out.</summary>
    /// <returns>Whether it was this call that ended it: the first reason stays.</returns>
    public bool Close(CloseReason reason)
    {
        if (Interlocked.CompareExchange(ref _closeReason, (int)reason, (int)CloseReason.None) != (int)CloseReason.None)
            return false;
        OnClosing();
        Wake();
        return true;
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

    /// <summary>Lets go of the request, which is about to end.</summary>
    public void End()
    {
        lock (_lifetime)
            _hasEnded = true;
    }

    /// <summary>Writes until the client leaves or the stream is closed, whatever comes of it. The response's head has been written.</summary>
    public async Task RunAsync()
    {
        Host.Open(_context, this);
        CancellationTokenRegistration registration = default;
        try
        {
            _output ??= _context.Response.BodyWriter;
            // The callback runs on the transport: it signals, and the loop does the rest.
            registration = ClientLeft.UnsafeRegister(static state => ((EventStreamConnection)state!).Close(CloseReason.ClosedByClient), this);
            await WriteAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            Close(CloseReason.ClosedByClient);
        }
        catch (Exception e)
        {
            Close(CloseReason.Failed);
            Log.Failed(Host.Logger, Origin, e);
        }
        finally
        {
            End();
            // What follows is the server's and the application's: it may take its time, and must not hold up the streams that are run in turn with this one.
            if (IsScheduled)
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            await registration.DisposeAsync().ConfigureAwait(false);
            Host.Close(this);
            OnEnded();
        }
    }

    /// <summary>The loop: the first block, what there is to send, the goodbye.</summary>
    protected abstract Task WriteAsync();

    /// <summary>Called once, by whoever closes, on his thread: it may only signal.</summary>
    protected virtual void OnClosing()
    {
    }

    /// <summary>Called once, when the stream has run and is off the list: what else it took it gives back.</summary>
    protected virtual void OnEnded()
    {
    }

    /// <summary>Writes to the response from here on, whose head has been written.</summary>
    protected void TurnToResponse() => _output = _context.Response.BodyWriter;

    /// <summary>Where it can be, writes to the connection from here on, past the server's own response, whose head has been sent.</summary>
    protected void TurnToConnection()
    {
        IsScheduled = InlineSendWriter.IsServers(_context);
        if (InlineSendWriter.Under(_context) is { } connection)
            _output = _chunks = new(connection);
    }

    protected void Write(Frame frame)
    {
        if (_chunks is { } chunks)
            chunks.Write(frame);
        else
            Output.Write(frame.Span);
    }

    protected override void ScheduleLive()
    {
        if (IsScheduled)
            StreamScheduler.Shared.ScheduleLive(this);
        else
            base.ScheduleLive();
    }

    protected override void ScheduleReplay()
    {
        if (IsScheduled)
            StreamScheduler.Shared.ScheduleReplay(this);
        else
            base.ScheduleReplay();
    }

    protected void CountSent(int events, long bytes)
    {
        Volatile.Write(ref _eventsSent, _eventsSent + events);
        Volatile.Write(ref _bytesSent, _bytesSent + bytes);
    }

    /// <summary>Flushes where that takes no time.</summary>
    /// <param name="flush">What is to be given to <see cref="FinishAsync"/> where it does, or where the client is no longer there.</param>
    protected bool TryFlush(out ValueTask<FlushResult> flush)
    {
        flush = Output.FlushAsync(CancellationToken.None);
        if (!flush.IsCompletedSuccessfully)
            return false;
        var result = flush.Result;
        flush = new(result);
        if (result.IsCompleted || result.IsCanceled)
            return false;
        Volatile.Write(ref _lastWrite, Clock.Now);
        return true;
    }

    /// <returns>Whether the client is still there.</returns>
    protected ValueTask<bool> FlushAsync() => TryFlush(out var flush) ? new(true) : FinishAsync(flush);

    /// <summary>Waits for a flush to end. It is not cancelled by a token: a stuck one is ended by aborting the connection.</summary>
    /// <returns>Whether the client is still there.</returns>
    protected async ValueTask<bool> FinishAsync(ValueTask<FlushResult> flush)
    {
        FlushResult result;
        if (flush.IsCompletedSuccessfully)
        {
            result = flush.Result;
        }
        else
        {
            Volatile.Write(ref _flushingSince, Clock.Now);
            try
            {
                result = await flush.ConfigureAwait(false);
            }
            finally
            {
                Volatile.Write(ref _flushingSince, 0);
            }
        }

        Volatile.Write(ref _lastWrite, Clock.Now);
        if (!result.IsCompleted && !result.IsCanceled)
            return true;
        Close(CloseReason.ClosedByClient);
        return false;
    }

    protected async ValueTask SayGoodbyeAsync()
    {
        EventStreamEncoder.WriteRetry(Output, Clock.JitteredReconnectDelay());
        EventStreamEncoder.EndBlock(Output);
        await FlushAsync().ConfigureAwait(false);
    }
}
