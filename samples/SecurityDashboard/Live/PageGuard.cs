namespace SecurityDashboard.Live;

/// <summary>
/// Keeps the dashboard to its own page: nothing but the page's files runs in it, so that no log line can become code, and no other site's page can post here,
/// which browsers would let it do also on the loopback address.
/// </summary>
internal static class PageGuard
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public static void UsePageGuard(this IApplicationBuilder app) => app.Use(static (http, next) =>
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        var request = http.Request;
        var origin = request.Headers.Origin.ToString();
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || origin.Length == 0
            || origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
            return next(http);
        return TypedResults.Problem($"Pages of the origin '{origin}' may not post here.", statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(http);
    });
}
