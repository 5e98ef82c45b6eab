using Microsoft.AspNetCore.Http.HttpResults;

namespace SecurityDashboard.Alerts;

internal static class AlertEndpoints
{
    private const int MaxNameLength = 64;

    public static void MapAlerts(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/alerts", (AlertBook alerts) => alerts.All);
        endpoints.MapPost("/api/alerts/{id}/acknowledge", (string id, string? by, AlertBook alerts, CancellationToken cancel) =>
            ChangeAsync(alerts, id, AlertState.Acknowledged, by, cancel));
        endpoints.MapPost("/api/alerts/{id}/resolve", (string id, string? by, AlertBook alerts, CancellationToken cancel) =>
            ChangeAsync(alerts, id, AlertState.Resolved, by, cancel));
    }

    private static async Task<Results<Ok<Alert>, ProblemHttpResult>> ChangeAsync(
        AlertBook alerts, string id, AlertState state, string? by, CancellationToken cancellationToken)
    {
        by = string.IsNullOrWhiteSpace(by) ? "someone" : by.Trim();
        if (by.Length > MaxNameLength)
            return TypedResults.Problem($"'by' can have {MaxNameLength} characters at the most.", statusCode: StatusCodes.Status400BadRequest);
        return await alerts.ChangeAsync(id, state, by, cancellationToken) switch
        {
            null => TypedResults.Problem($"There is no alert '{id}', or it is no longer kept.", statusCode: StatusCodes.Status404NotFound),
            { IsChanged: true, Alert: var alert } => TypedResults.Ok(alert),
            { Alert: { State: AlertState.New } } => TypedResults.Problem("The alert must be acknowledged first.", statusCode: StatusCodes.Status409Conflict),
            { Alert: var alert } => TypedResults.Problem(
                $"The alert was {alert.State.ToString().ToLowerInvariant()} by {alert.ChangedBy} already.", statusCode: StatusCodes.Status409Conflict),
        };
    }
}
