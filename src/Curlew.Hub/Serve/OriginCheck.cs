namespace Curlew.Hub.Serve;

/// <summary>
/// Refuses what a page of another site sends: a browser lets any page post text to a hub on the loopback address, without asking the hub first, and says
/// in <c>Origin</c> which page it was.
/// </summary>
internal sealed class OriginCheck(RequestDelegate next, HubSettings settings)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0 || HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
            return next(context);
        var isOwn = string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
        if (isOwn || settings.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase))
            return next(context);
        return TypedResults.Problem($"Pages of the origin '{origin}' may not publish here. Origins are allowed with Curlew:AllowedOrigins.", statusCode: StatusCodes.Status403Forbidden)
            .ExecuteAsync(context);
    }
}
