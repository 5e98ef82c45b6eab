using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Curlew;

/// <summary>Says what an event stream holds. Every part that is named adds to it; a client that matches several receives an event once.</summary>
public sealed class EventStreamBuilder
{
    internal EventStreamBuilder()
    {
    }

    internal List<TopicSource> Sources { get; } = [];

    internal string HubName { get; private set; } = "";

    internal SlowConsumerPolicy? SlowConsumer { get; private set; }

    internal bool IsEnveloped { get; private set; }

    internal bool TakesClientTopics => Sources.Exists(static source => source is TopicSource.FromClient);

    /// <summary>Adds a topic. Route values may stand in it, as in <c>orders/{id}</c>; they are literal, whatever they hold.</summary>
    /// <param name="template">The topic. <c>{*path}</c> as its last part takes a route value that may hold several segments.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The template cannot give a topic.</exception>
    public EventStreamBuilder Topic(string template)
    {
        ArgumentNullException.ThrowIfNull(template);
        return Add(new TopicSource.FromRoute(TopicTemplate.Parse(template)));
    }

    /// <summary>Adds a pattern: <c>*</c> stands for one segment, a final <c>**</c> for the rest.</summary>
    /// <param name="pattern">The pattern, as the application wrote it: never text from outside.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="FormatException">It is not a topic filter.</exception>
    public EventStreamBuilder Pattern(string pattern) => Add(new TopicSource.Fixed(TopicFilter.Parse(pattern)));

    /// <summary>Adds topics computed for each request. They are literal; one that is not a topic is answered with 400, none at all with 403.</summary>
    /// <param name="topics">Gives the topics of a request.</param>
    /// <returns>The builder.</returns>
    public EventStreamBuilder Topics(Func<HttpContext, IEnumerable<string>> topics)
    {
        ArgumentNullException.ThrowIfNull(topics);
        return Add(new TopicSource.FromRequest(context => new(topics(context))));
    }

    /// <inheritdoc cref="Topics(Func{HttpContext, IEnumerable{string}})"/>
    public EventStreamBuilder Topics(Func<HttpContext, ValueTask<IEnumerable<string>>> topics)
    {
        ArgumentNullException.ThrowIfNull(topics);
        return Add(new TopicSource.FromRequest(topics));
    }

    /// <summary>Adds what is published to the user of the request; without a user the answer is 401. Who that is, <see cref="CurlewOptions.UserId"/> says.</summary>
    /// <returns>The builder.</returns>
    public EventStreamBuilder User() => Add(new TopicSource.FromUser());

    /// <summary>Adds what is published to all.</summary>
    /// <returns>The builder.</returns>
    public EventStreamBuilder Broadcast() => Add(new TopicSource.Fixed(TopicFilter.ForReserved(Curlew.Topic.Broadcast)));

    /// <summary>
    /// Lets the client name topics, and patterns, in the query: <c>?topic=a&amp;topic=b/*</c>. Each must lie wholly within one of the patterns given here,
    /// else the answer is 403.
    /// </summary>
    /// <param name="allowed">The patterns; at least one.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="FormatException">One of them is not a topic filter.</exception>
    public EventStreamBuilder AllowClientTopics(params IReadOnlyList<string> allowed)
    {
        ArgumentNullException.ThrowIfNull(allowed);
        ArgumentOutOfRangeException.ThrowIfZero(allowed.Count);
        return Add(new TopicSource.FromClient([.. allowed.Select(TopicFilter.Parse)]));
    }

    /// <summary>Takes the stream from another hub than the default one.</summary>
    /// <param name="name">The name that the hub was added with.</param>
    /// <returns>The builder.</returns>
    public EventStreamBuilder Hub(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        HubName = name;
        return this;
    }

    /// <summary>Sets what happens to clients of this stream that read too slowly. Default: the hub's policy.</summary>
    /// <param name="policy">The policy.</param>
    /// <returns>The builder.</returns>
    public EventStreamBuilder OnOverflow(SlowConsumerPolicy policy)
    {
        SlowConsumer = policy;
        return this;
    }

    /// <summary>
    /// Sends every event without a type, its data wrapped as the JSON object
    /// <c>{"topics":["a"],"type":"t","time":"2026-01-31T12:00:00Z","data":"…"}</c>, for readers that cannot know all types: an <c>EventSource</c> sees only
    /// types that it has a listener for. The time is the event's own, else that of its id. Gaps are wrapped too, with the type <c>gap</c> and no time.
    /// </summary>
    /// <returns>The builder.</returns>
    public EventStreamBuilder Enveloped()
    {
        IsEnveloped = true;
        return this;
    }

    /// <exception cref="ArgumentException">A topic cannot be built from the route.</exception>
    internal void Check(RoutePattern route)
    {
        foreach (var source in Sources.OfType<TopicSource.FromRoute>())
            source.Template.Check(route);
    }

    private EventStreamBuilder Add(TopicSource source)
    {
        Sources.Add(source);
        return this;
    }
}
