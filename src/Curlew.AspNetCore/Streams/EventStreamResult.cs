using System.Reflection;
using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>
/// Sends the events of a source as a stream (Server-Sent Events, the WHATWG HTML standard, section 9.2): made by <c>TypedResults.EventStream</c> and
/// <c>Results.EventStream</c>, returned from a minimal API or a controller.
/// </summary>
/// <remarks>
/// In this order: 1. a place within the limits, or a refusal that time heals; 2. the head and a first block; 3. the events, until the source ends, the client
/// leaves or the stream is closed; 4. the place back, and the end of the response; 5. the source disposed; 6. <see cref="EventStreamOptions.OnCompleted"/>.
/// </remarks>
public sealed class EventStreamResult : IResult, IStatusCodeHttpResult, IContentTypeHttpResult, IEndpointMetadataProvider
{
    // How long a request waits for a source that was told to end. Longer would hold up the host's stop, and the next request on the same connection.
    private static readonly TimeSpan SourceGrace = TimeSpan.FromSeconds(1);

    private readonly Func<SourceConnection, SourceReader> _open;
    private readonly EventStreamOptions _options;

    internal EventStreamResult(Func<SourceConnection, SourceReader> open, EventStreamOptions? options)
    {
        _open = open;
        _options = options ?? EventStreamOptions.Default;
    }

    /// <summary>The response's status.</summary>
    public int StatusCode => _options.StatusCode;

    int? IStatusCodeHttpResult.StatusCode => StatusCode;

    string? IContentTypeHttpResult.ContentType => EventStreamResponse.ContentType;

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        foreach (var metadata in EventStreamResponse.Metadata)
            builder.Metadata.Add(metadata);
        EventStreamDescription.AddAnswers(builder);
    }

    /// <summary>Sends the stream, to its end.</summary>
    /// <param name="httpContext">The request.</param>
    /// <returns>A task that ends when the stream has.</returns>
    /// <exception cref="InvalidOperationException">The application has not called <c>AddCurlew</c>.</exception>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var host = httpContext.RequestServices.GetService<EventStreamHost>()
            ?? throw new InvalidOperationException("Curlew's services are missing. Add them with builder.Services.AddCurlew().");
        var completion = new EventStreamCompletion(httpContext, CloseReason.Failed);
        try
        {
            completion = HttpMethods.IsHead(httpContext.Request.Method) ? Head(httpContext) : await StreamAsync(httpContext, host).ConfigureAwait(false);
        }
        finally
        {
            await CompleteAsync(host, completion).ConfigureAwait(false);
        }

        if (_options.Buffered && completion.Exception is { } exception)
            ExceptionDispatchInfo.Throw(exception);
    }

    private EventStreamCompletion Head(HttpContext context)
    {
        EventStreamResponse.WriteHead(context, _options);
        return new(context, CloseReason.Completed);
    }

    private async Task<EventStreamCompletion> StreamAsync(HttpContext context, EventStreamHost host)
    {
        if (await host.AdmitAsync(context).ConfigureAwait(false) is not { } slot)
            return new(context, CloseReason.Refused);
        host.Measure(_options.KeepAlive, _options.MaxDuration);
        SourceConnection? connection = null;
        Task ending;
        try
        {
            if (!_options.Buffered)
                EventStreamResponse.WriteHead(context, _options);
            var json = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
            connection = new(context, host, slot, _options, json, _open);
            host.List(connection);
            await connection.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            host.Release(slot);
            ending = connection?.EndSourceAsync() ?? Task.CompletedTask;
        }

        // The client need not wait for what is left to do. A failure that was collected has yet to be answered.
        if (connection.Reason != CloseReason.ClosedByClient && (!_options.Buffered || connection.Failure is null) && !(ending.IsCompleted && _options.OnCompleted is null))
            await EndResponseAsync(context).ConfigureAwait(false);
        await host.WaitAsync(ending, SourceGrace, connection.Origin).ConfigureAwait(false);
        return new(context, connection.Reason, connection.Failure);
    }

    private async Task CompleteAsync(EventStreamHost host, EventStreamCompletion completion)
    {
        if (_options.OnCompleted is not { } onCompleted)
            return;
        try
        {
            await onCompleted(completion).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.OnCompletedFailed(host.Logger, e);
        }
    }

    private static async Task EndResponseAsync(HttpContext context)
    {
        try
        {
            await context.Response.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client has left.
        }
    }
}
