namespace Curlew.Hub.LivePage;

/// <summary>What the live page asks for beside its files and its stream.</summary>
internal static class LiveStatsEndpoints
{
    public static void MapLiveStats(this IEndpointRouteBuilder endpoints)
    {
        var live = endpoints.MapGroup("/live").ExcludeFromDescription();
        live.MapGet("/stats", static (LiveStats stats, IEventStreamConnections connections, bool list = false) =>
            stats.Read() with { List = list ? LiveConnections.Of(connections.List()) : null });
        live.MapPost("/connections/{id}/close", static IResult (string id, IEventStreamConnections connections) => connections.Close(id, "closed on the live page")
            ? TypedResults.NoContent()
            : TypedResults.Problem("It has ended already.", statusCode: StatusCodes.Status404NotFound));
    }
}
