using System.Globalization;
using System.Net.Sockets;
using Curlew.Protocol;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>What all streams go through: a place within the limits, or a refusal that time heals; the list of the open ones; metrics and log.</summary>
internal sealed class EventStreamHost(
    IOptions<CurlewOptions> options, ConnectionRegistry connections, Heartbeat heartbeat, ConnectionClock clock, ConnectionMetrics metrics, ILoggerFactory loggers)
{
    public ConnectionClock Clock => clock;

    public ConnectionMetrics Metrics => metrics;

    public ILogger Logger { get; } = loggers.CreateLogger("Curlew.EventStream");

    /// <summary>Takes a place for a request's stream, to be given back with <see cref="Release"/>; or answers the request with a refusal.</summary>
    /// <returns>The place, or <see langword="null"/> where the request has been refused.</returns>
    public async ValueTask<ConnectionSlot?> AdmitAsync(HttpContext context)
    {
        var slot = ConnectionSlot.For(context.Features.Get<IHttpConnectionFeature>()?.RemoteIpAddress, options.Value.UserId(context));
        var reason = connections.TryReserve(slot);
        if (reason == RefusalReason.None)
            return slot;
        await RefuseAsync(context, reason, slot).ConfigureAwait(false);
        return null;
    }

    public void Release(ConnectionSlot slot) => connections.Release(slot);

    /// <summary>Lists a stream as soon as it has its place: whoever closes streams from then on means this one too, though it has yet to begin.</summary>
    public void List(EventStreamConnection connection) => connections.Add(connection);

    /// <summary>Takes a stream off the list, before its request ends: one that has run is off it already.</summary>
    public void Unlist(EventStreamConnection connection)
    {
        connection.End();
        connections.Remove(connection);
    }

    /// <summary>Lets the heartbeat measure a stream's own intervals.</summary>
    public void Measure(params ReadOnlySpan<TimeSpan?> intervals)
    {
        foreach (var interval in intervals)
        {
            if (interval is { } given && given > TimeSpan.Zero)
                heartbeat.Measure(given);
        }
    }

    /// <summary>Waits for a source that was told to end, though not for ever.</summary>
    public async ValueTask WaitAsync(Task ending, TimeSpan grace, string origin)
    {
        if (!ending.IsCompleted && !await clock.WaitAsync(ending, grace).ConfigureAwait(false))
            Log.SourceLingers(Logger, origin, grace);
    }

    /// <summary>Notes that a listed stream begins.</summary>
    public void Open(HttpContext context, EventStreamConnection connection)
    {
        LimitSendBuffer(context);
        metrics.Opened();
        if (Logger.IsEnabled(LogLevel.Debug))
            Log.Opened(Logger, connection.Origin);
    }

    /// <summary>Takes a stream that has run off the list.</summary>
    public void Close(EventStreamConnection connection)
    {
        Unlist(connection);
        var duration = clock.Between(connection.OpenedAt, clock.Now);
        metrics.Closed(connection.Reason, duration);
        if (Logger.IsEnabled(LogLevel.Debug))
            Log.Closed(Logger, connection.Origin, duration, connection.Reason);
    }

    /// <summary>Answers a request with a refusal that time heals.</summary>
    public async Task RefuseAsync(HttpContext context, RefusalReason reason, ConnectionSlot slot)
    {
        metrics.Refused(reason);
        Log.Refused(Logger, reason);
        // Longer than an ordinary reconnect: the server has said that it has no room.
        var delay = 3 * clock.JitteredReconnectDelay();
        if (options.Value.Busy == BusyResponse.Retry)
        {
            EventStreamResponse.WriteHead(context);
            EventStreamEncoder.WriteRetry(context.Response.BodyWriter, delay);
            EventStreamEncoder.EndBlock(context.Response.BodyWriter);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
            return;
        }

        context.Response.Headers.RetryAfter = Math.Ceiling(delay.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var (status, detail) = reason switch
        {
            RefusalReason.Draining => (StatusCodes.Status503ServiceUnavailable, "The server is stopping."),
            RefusalReason.LogUnavailable => (StatusCodes.Status503ServiceUnavailable, "The event log cannot be reached."),
            RefusalReason.MaxConnections => (StatusCodes.Status503ServiceUnavailable, "The server has as many event streams as MaxConnections allows."),
            RefusalReason.MaxConnectionsPerAddress => (StatusCodes.Status429TooManyRequests, $"The address {slot.Address} has as many event streams as MaxConnectionsPerAddress allows."),
            _ => (StatusCodes.Status429TooManyRequests, "The user has as many event streams as MaxConnectionsPerUser allows."),
        };
        await TypedResults.Problem(detail, statusCode: status).ExecuteAsync(context).ConfigureAwait(false);
    }

    private void LimitSendBuffer(HttpContext context)
    {
        // On the connection rather than the listener: whatever else the application serves keeps the kernel's own choice.
        if (options.Value.SendBufferBytes == 0 || context.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
            return;
        try
        {
            // Set even where it is smaller already: only a size that was set stays, any other the kernel lets grow.
            socket.SendBufferSize = options.Value.SendBufferBytes;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client has left already.
        }
    }
}
