using System.Diagnostics.CodeAnalysis;
using Curlew;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps event streams (Server-Sent Events, the WHATWG HTML standard, section 9.2).</summary>
/// <remarks>
/// <para>The result is an endpoint convention builder as for any endpoint: authorization, CORS, rate limiting, filters and metadata decide before the
/// first byte of the stream. A request that cannot be served is refused before the stream begins, with problem details.</para>
/// <para>A client resumes with the <c>Last-Event-ID</c> header or <c>?lastEventId=</c> (<c>earliest</c>: everything retained), or begins at
/// <c>?since=2026-01-31T12:00:00Z</c> or with the newest <c>?last=10</c> events; <c>?type=</c> and
/// <c>?category=</c> narrow the stream: with an <see cref="EventCatalog"/>, to what it lists. What a client cannot be given is told by an event of type
/// <c>gap</c>.</para>
/// </remarks>
public static class EventStreamEndpointRouteBuilderExtensions
{
    private static readonly string[] Get = [HttpMethods.Get];
    private static readonly string[] Head = [HttpMethods.Head];

    /// <summary>Maps a stream of one topic, or of a whole hub.</summary>
    /// <param name="endpoints">The endpoints.</param>
    /// <param name="pattern">The route.</param>
    /// <param name="topic">The topic, in which route values may stand: <c>orders/{id}</c>. None takes every topic of the hub, which then must be named.</param>
    /// <param name="hub">The hub. Default: the default hub.</param>
    /// <returns>The endpoint's conventions.</returns>
    /// <exception cref="ArgumentException">Neither a topic nor a hub is named, or the topic cannot be built from the route.</exception>
    public static IEndpointConventionBuilder MapEventStream(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, string? topic = null, string? hub = null)
    {
        if (topic is null && hub is null)
            throw new ArgumentException("Name a topic, as in MapEventStream(\"/orders/{id}/events\", \"orders/{id}\"), or a hub to take every topic of.", nameof(topic));
        return endpoints.MapEventStream(pattern, stream => _ = (topic is null ? stream.Pattern(TopicFilter.Everything.Text) : stream.Topic(topic)).Hub(hub ?? ""));
    }

    /// <summary>Maps a stream that a builder describes: of users, the broadcast, patterns, topics that the client names.</summary>
    /// <param name="endpoints">The endpoints.</param>
    /// <param name="pattern">The route.</param>
    /// <param name="configure">Describes the stream.</param>
    /// <returns>The endpoint's conventions.</returns>
    /// <exception cref="ArgumentException">The description names nothing that the stream could hold, or a topic that cannot be built from the route.</exception>
    public static IEndpointConventionBuilder MapEventStream(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, Action<EventStreamBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(configure);
        if (endpoints.ServiceProvider.GetService<IServiceProviderIsService>()?.IsService(typeof(ConnectionRegistry)) != true)
            throw new InvalidOperationException("Curlew's services are missing. Add them with builder.Services.AddCurlew().");

        var stream = new EventStreamBuilder();
        configure(stream);
        if (stream.Sources.Count == 0)
            throw new ArgumentException($"The event stream '{pattern}' names no topic: call Topic, Pattern, Topics, User, Broadcast or AllowClientTopics.", nameof(configure));

        if (!endpoints.ServiceProvider.GetServices<HubName>().Any(hub => hub.Name == stream.HubName))
            throw new ArgumentException($"There is no hub '{stream.HubName}' for the event stream '{pattern}'. Add it with AddHub.", nameof(configure));

        // A group adds its prefix, and the parameters in it, when the endpoint is built.
        var isInGroup = endpoints is RouteGroupBuilder;
        if (!isInGroup)
            stream.Check(RoutePatternFactory.Parse(pattern));
        var handler = new Lazy<EventStreamEndpoint>(() => new(stream, endpoints.ServiceProvider));
        var conventions = new EventStreamConventions(Map(Get), Map(Head));
        if (isInGroup)
            conventions.Add(endpoint => stream.Check(((RouteEndpointBuilder)endpoint).RoutePattern));
        conventions.Add(endpoint => EventStreamDescription.Add(endpoint, stream));
        return conventions.WithDisplayName($"Event stream {pattern}")
            .WithMetadata(EventStreamResponse.Metadata)
            // Without a right the answer is 401: no client of a stream could use a redirect to a page to sign in on.
            .DisableCookieRedirect();

        IEndpointConventionBuilder Map(string[] methods) => endpoints.MapMethods(pattern, methods, context => handler.Value.HandleAsync(context));
    }

    /// <summary>Maps a stream of topics computed for each request, such as from its user's claims. What is returned is literal, never a pattern.</summary>
    /// <param name="endpoints">The endpoints.</param>
    /// <param name="pattern">The route.</param>
    /// <param name="topics">Gives the topics of a request; none at all is answered with 403.</param>
    /// <returns>The endpoint's conventions.</returns>
    public static IEndpointConventionBuilder MapEventStream(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, Func<HttpContext, IEnumerable<string>> topics) =>
        endpoints.MapEventStream(pattern, stream => _ = stream.Topics(topics));

    /// <inheritdoc cref="MapEventStream(IEndpointRouteBuilder, string, Func{HttpContext, IEnumerable{string}})"/>
    public static IEndpointConventionBuilder MapEventStream(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, Func<HttpContext, ValueTask<IEnumerable<string>>> topics) =>
        endpoints.MapEventStream(pattern, stream => _ = stream.Topics(topics));
}
