using System.ComponentModel;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>Describes a stream's requests and answers to API explorers, such as an OpenAPI document.</summary>
internal static class EventStreamDescription
{
    // What explorers ask of any endpoint. A lambda's method, so that they file the stream under the application and not under a class of ours.
    public static MethodInfo Method { get; } = ((Action)(static () => { })).Method;

    private static readonly ParameterInfo[] Declared = ((Delegate)Parameters).Method.GetParameters();

    public static void Add(EndpointBuilder endpoint, EventStreamBuilder stream)
    {
        var metadata = endpoint.Metadata;
        metadata.Add(Method);
        var services = endpoint.ApplicationServices;
        var values = new EventStreamMetadata(
            stream.HubName, services.GetRequiredService<EventCatalog>(), services.GetRequiredService<IOptionsMonitor<HubOptions>>().Get(stream.HubName).AllowUnlistedTypes);
        metadata.Add(values);
        AddAnswers(endpoint, StatusCodes.Status400BadRequest);
        foreach (var parameter in ((RouteEndpointBuilder)endpoint).RoutePattern.Parameters)
            metadata.Add(new Parameter(parameter.Name, Declared[0], parameter.IsOptional));
        foreach (var parameter in Declared.AsSpan(stream.TakesClientTopics ? 1.. : 2..))
        {
            if (parameter.Name != "category" || values.Categories.Count > 0)
                metadata.Add(new Parameter(parameter.Name!, parameter, parameter != Declared[1] || stream.Sources.Count > 1));
        }
    }

    /// <summary>The stream, and what any stream may be refused with.</summary>
    public static void AddAnswers(EndpointBuilder endpoint, params ReadOnlySpan<int> refusals)
    {
        var metadata = endpoint.Metadata;
        metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), [EventStreamResponse.ContentType]));
        foreach (var status in (ReadOnlySpan<int>)[.. refusals, StatusCodes.Status429TooManyRequests, StatusCodes.Status503ServiceUnavailable])
            metadata.Add(new ProducesResponseTypeMetadata(status, typeof(ProblemDetails), ["application/problem+json"]));
    }

    /// <summary>Never called: declares the types and places of what a request may hold. The first stands for each parameter of the route.</summary>
    private static void Parameters(
        [FromRoute] string route,
        [FromQuery, Description("A topic or a pattern.")] string[] topic,
        [FromQuery, Description("Only events of these types; 'message' means events without a type.")] string[]? type,
        [FromQuery, Description("Only events of these categories.")] string[]? category,
        [FromQuery, Description("Resume after this event; 'earliest' means everything retained.")] string? lastEventId,
        [FromQuery, Description("Begin at a point in time.")] DateTimeOffset? since,
        [FromQuery, Description("Begin with the newest so many events.")] int? last,
        [FromHeader(Name = "Last-Event-ID"), Description("Resume after this event.")] string? header) =>
        throw new NotSupportedException($"{route} {topic} {type} {category} {lastEventId} {since} {last} {header}");

    private sealed record Parameter(string Name, ParameterInfo ParameterInfo, bool IsOptional) : IParameterBindingMetadata
    {
        public bool HasTryParse => false;

        public bool HasBindAsync => false;
    }
}
