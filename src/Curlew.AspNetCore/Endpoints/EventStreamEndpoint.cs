using System.Globalization;
using System.Net.Sockets;
using Curlew.Protocol;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>
/// Answers the requests of one mapped event stream. In this order:
/// 1. what the request asks for, each fault a 4xx; 2. a place within the limits, or a refusal that time heals; 3. the response's head; 4. the subscription;
/// 5. the stream, until the client leaves or the connection is closed; 6. the place back.
/// </summary>
/// <remarks>Made at the first request, so that options are validated with all others when the host starts, not while endpoints are mapped.</remarks>
internal sealed class EventStreamEndpoint(EventStreamBuilder stream, IServiceProvider services)
{
    private readonly CurlewOptions _options = services.GetRequiredService<IOptions<CurlewOptions>>().Value;
    private readonly Hub _hub = services.GetRequiredService<HubRegistry>().Hub(stream.HubName);
    private readonly ConnectionRegistry _connections = services.GetRequiredService<ConnectionRegistry>();
    private readonly ConnectionClock _clock = services.GetRequiredService<ConnectionClock>();
    private readonly ConnectionMetrics _metrics = services.GetRequiredService<ConnectionMetrics>();
    private readonly ILogger _logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Curlew.EventStream");

    public async Task HandleAsync(HttpContext context)
    {
        var filters = new List<TopicFilter>(1);
        foreach (var source in stream.Sources)
        {
            if (await source.AddAsync(context, _options, filters).ConfigureAwait(false) is { } refusal)
            {
                await refusal.ExecuteAsync(context).ConfigureAwait(false);
                return;
            }
        }

        var fault = filters.Count == 0 ? Refusal.BadRequest("topic", "it is missing: name at least one, as in ?topic=news") : null;
        IReadOnlyCollection<string> types = [];
        fault ??= StreamQuery.ReadTypes(context.Request, _options.MaxTopicsPerSubscription, out types);
        var start = StartPosition.Now;
        fault ??= StreamQuery.ReadStart(context.Request, _hub.HasHistory, out start);
        if (fault is not null)
        {
            await fault.ExecuteAsync(context).ConfigureAwait(false);
            return;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            EventStreamResponse.WriteHead(context);
            return;
        }

        var slot = ConnectionSlot.For(context.Connection.RemoteIpAddress, _options.UserId(context));
        if (_connections.TryReserve(slot) is var reason and not RefusalReason.None)
        {
            await RefuseForNowAsync(context, reason, slot).ConfigureAwait(false);
            return;
        }

        try
        {
            await StreamAsync(context, new Interest(filters, types), start, slot).ConfigureAwait(false);
        }
        finally
        {
            _connections.Release(slot);
        }
    }

    private async Task StreamAsync(HttpContext context, Interest interest, StartPosition start, ConnectionSlot slot)
    {
        var connection = new EventStreamConnection(context, _hub, _clock, _metrics, slot, stream.IsEnveloped) { ExpiresAt = _clock.ExpiryOf(_clock.Now) };
        Subscription subscription;
        try
        {
            subscription = await _hub.SubscribeAsync(interest, start, stream.SlowConsumer ?? _hub.Options.SlowConsumer, connection, context.RequestAborted)
                .ConfigureAwait(false);
        }
        catch (EventLogUnavailableException)
        {
            await RefuseForNowAsync(context, RefusalReason.LogUnavailable, slot).ConfigureAwait(false);
            return;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        connection.Subscription = subscription;
        try
        {
            EventStreamResponse.WriteHead(context);
            LimitSendBuffer(context);
            await RunAsync(connection).ConfigureAwait(false);
        }
        finally
        {
            _hub.Leave(subscription);
        }
    }

    private async Task RunAsync(EventStreamConnection connection)
    {
        _connections.Add(connection);
        _metrics.Opened();
        Log.Opened(_logger, _hub.Name);
        try
        {
            await connection.RunAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            connection.Close(CloseReason.Failed);
            Log.Failed(_logger, _hub.Name, e);
        }
        finally
        {
            _connections.Remove(connection);
            var duration = _clock.Between(connection.OpenedAt, _clock.Now);
            _metrics.Closed(connection.Reason, duration);
            Log.Closed(_logger, _hub.Name, duration, connection.Reason);
        }
    }

    private void LimitSendBuffer(HttpContext context)
    {
        // On the connection rather than the listener: whatever else the application serves keeps the kernel's own choice.
        if (_options.SendBufferBytes == 0 || context.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
            return;
        try
        {
            // Set even where it is smaller already: only a size that was set stays, any other the kernel lets grow.
            socket.SendBufferSize = _options.SendBufferBytes;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client has left already.
        }
    }

    private async Task RefuseForNowAsync(HttpContext context, RefusalReason reason, ConnectionSlot slot)
    {
        _metrics.Refused(reason);
        Log.Refused(_logger, reason);
        // Longer than an ordinary reconnect: the server has said that it has no room.
        var delay = 3 * _clock.JitteredReconnectDelay();
        if (_options.Busy == BusyResponse.Retry)
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
}
