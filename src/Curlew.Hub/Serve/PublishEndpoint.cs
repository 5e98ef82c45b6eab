using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Curlew.Hub.Serve;

/// <summary><c>POST /events</c>: one event, or a batch, into the hub.</summary>
internal static partial class PublishEndpoint
{
    public const string KeyHeader = "Idempotency-Key";

    // What a body may have beyond the data itself: names, topics, the escapes of form and JSON.
    private const int BodyOverhead = 64 * 1024;

    public static void Map(IEndpointRouteBuilder endpoints, HubOptions hub) =>
        endpoints.MapPost("/events", (HttpContext context, IEventPublisher publisher) => PublishAsync(context, publisher, hub))
            .Produces<Published>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .DisableAntiforgery();

    private static async Task<IResult> PublishAsync(HttpContext context, IEventPublisher publisher, HubOptions hub)
    {
        var limit = (long)hub.MaxBatchBytes + BodyOverhead;
        try
        {
            var (batch, key) = await PublishRequest.ReadAsync(context.Request, limit);
            var id = await publisher.PublishAsync(batch, key, context.RequestAborted);
            return TypedResults.Json(new Published(id.ToString()), PublishJson.Default.Published);
        }
        catch (EventTooLargeException e)
        {
            return Problem(StatusCodes.Status413PayloadTooLarge, e.Field, e.Fault);
        }
        catch (InvalidEventException e)
        {
            return Problem(e is InvalidRequestException request ? request.Status : StatusCodes.Status400BadRequest, e.Field, e.Fault);
        }
        catch (BadHttpRequestException e)
        {
            return Problem(e.StatusCode, "body", e.Message.TrimEnd('.'));
        }
        catch (EventLogUnavailableException e)
        {
            context.Response.Headers.RetryAfter = "1";
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static ProblemHttpResult Problem(int status, string field, string fault) => TypedResults.Problem(
        $"{field}: {fault}.",
        statusCode: status,
        extensions: new Dictionary<string, object?>(StringComparer.Ordinal) { ["errors"] = new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [fault] } });

    /// <summary>The answer: the id of the event, of a batch that of the last one.</summary>
    internal sealed record Published(string Id);

    [JsonSerializable(typeof(Published))]
    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    private sealed partial class PublishJson : JsonSerializerContext;
}
