using System.Buffers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace SecurityDashboard.Ingest;

internal static class IngestEndpoints
{
    public const int MaxBodyBytes = 1024 * 1024;
    private const int MaxNameLength = 64;
    private const int MaxKeyLength = 128;

    /// <summary>Maps <c>POST /api/logs</c>: a body of lines, all of which are in the log when it is answered.</summary>
    public static void MapIngest(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/api/logs", IngestAsync)
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes));
        endpoints.MapGet("/api/statistics", (IngestStatistics statistics) => statistics.Read());
    }

    private static async Task<Results<Ok<Accepted>, ProblemHttpResult>> IngestAsync(
        HttpRequest request, LogPipeline pipeline, IngestStatistics statistics, string? source, string? host, [FromHeader(Name = "Idempotency-Key")] string? key)
    {
        var fault = FindFault("source", source, MaxNameLength) ?? FindFault("host", host, MaxNameLength) ?? FindFault("Idempotency-Key", key, MaxKeyLength);
        if (fault is not null)
            return TypedResults.Problem(fault, statusCode: StatusCodes.Status400BadRequest);

        // Read to its end first: of a body that breaks off, nothing is taken.
        var lines = new LineAssembler();
        var chunk = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            for (int read; (read = await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted)) > 0;)
                lines.Append(chunk.AsSpan(0, read));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

        lines.EndLine();
        var (texts, truncated) = lines.Take();
        try
        {
            var malformed = await pipeline.IngestAsync(
                source ?? "http", host, texts, key is null ? Guid.CreateVersion7().ToString("N") : $"http/{key}", request.HttpContext.RequestAborted);
            statistics.CountTruncated(truncated);
            return TypedResults.Ok(new Accepted(texts.Count, malformed, truncated));
        }
        catch (EventLogUnavailableException)
        {
            request.HttpContext.Response.Headers.RetryAfter = "1";
            return TypedResults.Problem("The log takes no lines now. Send them again, with an Idempotency-Key.", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static string? FindFault(string name, string? value, int maxLength) =>
        value is null || (value.Length > 0 && value.Length <= maxLength && !value.Any(char.IsControl) && value.All(static c => !char.IsSurrogate(c)))
            ? null
            : $"'{name}' must have 1 to {maxLength} characters, none of them a control character.";

    /// <param name="Lines">The lines taken; empty ones are not counted.</param>
    /// <param name="Malformed">Those in no known format.</param>
    /// <param name="Truncated">Those that were too long and were cut.</param>
    private sealed record Accepted(int Lines, int Malformed, int Truncated);
}
