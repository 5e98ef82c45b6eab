using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Curlew;

/// <summary>Describes a stream's requests and answers to API explorers, such as an OpenAPI document.</summary>
internal static class EventStreamDescription
{
    // What explorers ask of any endpoint. A lambda's method, so that they file the stream under the application and not under a class of ours.
    private static readonly MethodInfo Method = ((Action)(static () => { })).Method;

    private static readonly ParameterInfo[] Declared = ((Delegate)Parameters).Method.GetParameters();

    public static void Add(EndpointBuilder endpoint, EventStreamBuilder stream)
    {
        var metadata = endpoint.Metadata;
        metadata.Add(Method);
        AddAnswers(endpoint, StatusCodes.Status400BadRequest);
        foreach (var parameter in ((RouteEndpointBuilder)endpoint).RoutePattern.Parameters)
            metadata.Add(new Parameter(parameter.Name, Declared[0], parameter.IsOptional));
        foreach (var parameter in Declared.AsSpan(stream.TakesClientTopics ? 1.. : 2..))
            metadata.Add(new Parameter(parameter.Name!, parameter, parameter != Declared[1] || stream.Sources.Count > 1));
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
        [FromQuery] string[] topic,
        [FromQuery] string[]? type,
        [FromQuery] string? lastEventId,
        [FromQuery] DateTimeOffset? since,
        [FromQuery] int? last,
        [FromHeader(Name = "Last-Event-ID")] string? header) => throw new NotSupportedException($"{route} {topic} {type} {lastEventId} {since} {last} {header}");

    private sealed record Parameter(string Name, ParameterInfo ParameterInfo, bool IsOptional) : IParameterBindingMetadata
    {
        public bool HasTryParse => false;

        public bool HasBindAsync => false;
    }
}
