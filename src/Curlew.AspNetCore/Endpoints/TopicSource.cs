using Microsoft.AspNetCore.Http;

namespace Curlew;

/// <summary>Where topics of a stream come from.</summary>
internal abstract record TopicSource
{
    /// <summary>Adds the topics of a request.</summary>
    /// <returns>Why the request is refused, or <see langword="null"/>.</returns>
    public abstract ValueTask<Refusal?> AddAsync(HttpContext context, CurlewOptions options, List<TopicFilter> filters);

    internal sealed record Fixed(TopicFilter Filter) : TopicSource
    {
        public override ValueTask<Refusal?> AddAsync(HttpContext context, CurlewOptions options, List<TopicFilter> filters)
        {
            filters.Add(Filter);
            return default;
        }
    }

    internal sealed record FromRoute(TopicTemplate Template) : TopicSource
    {
        public override ValueTask<Refusal?> AddAsync(HttpContext context, CurlewOptions options, List<TopicFilter> filters)
        {
            if (!Template.TryBuild(context.Request.RouteValues, out var topic, out var parameter, out var fault))
                return new(Refusal.BadRequest(parameter, fault));
            filters.Add(TopicFilter.Literal(topic));
            return default;
        }
    }

    internal sealed record FromRequest(Func<HttpContext, ValueTask<IEnumerable<string>>> Topics) : TopicSource
    {
        public override async ValueTask<Refusal?> AddAsync(HttpContext context, CurlewOptions options, List<TopicFilter> filters)
        {
            var hasAny = false;
            foreach (var topic in await Topics(context).ConfigureAwait(false))
            {
                if (Topic.FindFault(topic) is { } fault)
                    return Refusal.BadRequest("topic", fault);
                filters.Add(TopicFilter.Literal(topic));
                hasAny = true;
            }

            return hasAny ? null : new Refusal(StatusCodes.Status403Forbidden, "topic", "there is no topic that this request may read");
        }
    }

    internal sealed record FromUser : TopicSource
    {
        public override ValueTask<Refusal?> AddAsync(HttpContext context, CurlewOptions options, List<TopicFilter> filters)
        {
            if (options.UserId(context) is not { Length: > 0 } user)
                return new(new Refusal(StatusCodes.Status401Unauthorized, "user", "this stream is for signed-in users"));
            try
            {
                filters.Add(TopicFilter.ForReserved(Topic.ForUser(user)));
                return default;
            }
            catch (InvalidEventException e)
            {
                return new(Refusal.BadRequest("user", e.Fault));
            }
        }
    }

    internal sealed record FromClient(TopicFilter[] Allowed) : TopicSource
    {
        public override ValueTask<Refusal?> AddAsync(HttpContext context, CurlewOptions options, List<TopicFilter> filters)
        {
            var named = StreamQuery.Read(context.Request, "topic");
            if (named.Count > options.MaxTopicsPerSubscription)
                return new(Refusal.BadRequest("topic", $"{named.Count} topics are named; at most {options.MaxTopicsPerSubscription} can be"));
            foreach (var text in named)
            {
                if (!TopicFilter.TryParse(text, out var filter, out var fault))
                    return new(Refusal.BadRequest("topic", fault));
                if (!Array.Exists(Allowed, allowed => allowed.Contains(filter)))
                    return new(new Refusal(StatusCodes.Status403Forbidden, "topic", $"'{filter}' is not wholly within {string.Join(", ", Allowed.Select(static allowed => $"'{allowed}'"))}"));
                filters.Add(filter);
            }

            return default;
        }
    }
}
