using Microsoft.AspNetCore.Http.HttpResults;
using SecurityDashboard.Classification;
using SecurityDashboard.Normalising;

namespace SecurityDashboard.Search;

internal static class SearchEndpoints
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 500;

    /// <summary>Maps <c>GET /api/search</c> over what is retained.</summary>
    public static void MapSearch(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/api/search", Results<Ok<LogHistory.Found>, ProblemHttpResult> (
            LogHistory history, string? text, string? address, string? user, string? host, string? source, string? severity, int? limit) =>
        {
            var canonical = LinePattern.CanonicalAddress(Given(address));
            if (Given(address) is not null && canonical is null)
                return TypedResults.Problem($"'{address}' is no IP address.", statusCode: StatusCodes.Status400BadRequest);
            Severity? least = null;
            if (Given(severity) is { } name)
            {
                if (!Enum.TryParse<Severity>(name, ignoreCase: true, out var parsed) || !Enum.IsDefined(parsed))
                    return TypedResults.Problem($"'{severity}' is no severity; there are {string.Join(", ", Enum.GetNames<Severity>()).ToLowerInvariant()}.", statusCode: StatusCodes.Status400BadRequest);
                least = parsed;
            }

            if (limit is < 1 or > MaxLimit)
                return TypedResults.Problem($"'limit' must be from 1 to {MaxLimit}.", statusCode: StatusCodes.Status400BadRequest);
            return TypedResults.Ok(history.Search(new(Given(text), canonical, Given(user), Given(host), Given(source), least), limit ?? DefaultLimit));
        });

    private static string? Given(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}
