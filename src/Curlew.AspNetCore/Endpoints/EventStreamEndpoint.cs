using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>
/// Answers the requests of one mapped event stream. In this order:
/// 1. what the request asks for, each fault a 4xx; 2. a place within the limits, or a refusal that time heals; 3. the subscription; 4. the response's head;
/// 5. the stream, until the client leaves or the connection is closed; 6. the place back.
/// </summary>
/// <remarks>Made at the first request, so that options are validated with all others when the host starts, not while endpoints are mapped.</remarks>
internal sealed class EventStreamEndpoint(EventStreamBuilder stream, IServiceProvider services)
{
    private readonly CurlewOptions _options = services.GetRequiredService<IOptions<CurlewOptions>>().Value;
    private readonly Hub _hub = services.GetRequiredService<HubRegistry>().Hub(stream.HubName);
    private readonly EventCatalog _catalog = services.GetRequiredService<EventCatalog>();
    private readonly EventStreamHost _host = services.GetRequiredService<EventStreamHost>();

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
        fault ??= StreamQuery.ReadTypes(context.Request, _options.MaxTopicsPerSubscription, _catalog, _hub.Options.AllowUnlistedTypes, out types);
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

        if (await _host.AdmitAsync(context).ConfigureAwait(false) is not { } slot)
            return;
        try
        {
            await StreamAsync(context, new Interest(filters, types), start, slot).ConfigureAwait(false);
        }
        finally
        {
            _host.Release(slot);
        }
    }

    private async Task StreamAsync(HttpContext context, Interest interest, StartPosition start, ConnectionSlot slot)
    {
        var clock = _host.Clock;
        var connection = new SubscriptionConnection(context, _hub, interest, clock, _host.Metrics, slot, stream.IsEnveloped) { ExpiresAt = clock.ExpiryOf(clock.Now) };
        _host.List(connection);
        try
        {
            connection.Subscription = await _hub.SubscribeAsync(interest, start, stream.SlowConsumer ?? _hub.Options.SlowConsumer, connection, context.RequestAborted)
                .ConfigureAwait(false);
            EventStreamResponse.WriteHead(context);
            await _host.RunAsync(context, connection).ConfigureAwait(false);
        }
        catch (EventLogUnavailableException)
        {
            await _host.RefuseAsync(context, RefusalReason.LogUnavailable, slot).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left already.
        }
        finally
        {
            _host.Unlist(connection);
            if (connection.Subscription is { } subscription)
                _hub.Leave(subscription);
        }
    }
}
