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

    // No async method: what it would keep, it would keep for as long as the stream lasts.
    public Task HandleAsync(HttpContext context)
    {
        var opening = OpenAsync(context);
        return opening.IsCompletedSuccessfully ? RunAsync(opening.Result) : OpenAndRunAsync(opening);

        static Task RunAsync(SubscriptionConnection? connection) => connection?.RunAsync() ?? Task.CompletedTask;

        static async Task OpenAndRunAsync(ValueTask<SubscriptionConnection?> opening) => await RunAsync(await opening.ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <returns>The stream, to be run; or <see langword="null"/> where the request has been answered.</returns>
    private async ValueTask<SubscriptionConnection?> OpenAsync(HttpContext context)
    {
        var filters = new List<TopicFilter>(1);
        foreach (var source in stream.Sources)
        {
            if (await source.AddAsync(context, _options, filters).ConfigureAwait(false) is { } refusal)
            {
                await refusal.ExecuteAsync(context).ConfigureAwait(false);
                return null;
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
            return null;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            EventStreamResponse.WriteHead(context);
            return null;
        }

        return await _host.AdmitAsync(context).ConfigureAwait(false) is { } slot
            ? await SubscribeAsync(context, new Interest(filters, types), start, slot).ConfigureAwait(false)
            : null;
    }

    /// <returns>The stream, with its place; or <see langword="null"/> where the place has been given back.</returns>
    private async ValueTask<SubscriptionConnection?> SubscribeAsync(HttpContext context, Interest interest, StartPosition start, ConnectionSlot slot)
    {
        var clock = _host.Clock;
        var connection = new SubscriptionConnection(context, _host, _hub, interest, slot, stream.IsEnveloped) { ExpiresAt = clock.ExpiryOf(clock.Now) };
        _host.List(connection);
        var clientLeft = RequestLifetime.ClientLeft(context);
        var isOpen = false;
        try
        {
            connection.Subscription = await _hub.SubscribeAsync(interest, start, stream.SlowConsumer ?? _hub.Options.SlowConsumer, connection, clientLeft)
                .ConfigureAwait(false);
            EventStreamResponse.WriteHead(context);
            isOpen = true;
            return connection;
        }
        catch (EventLogUnavailableException)
        {
            await _host.RefuseAsync(context, RefusalReason.LogUnavailable, slot).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (clientLeft.IsCancellationRequested)
        {
            // The client has left already.
        }
        finally
        {
            if (!isOpen)
            {
                _host.Unlist(connection);
                connection.GiveBack();
            }
        }

        return null;
    }
}
