using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Curlew.Hub.LivePage;

/// <summary>
/// Serves the live page: <c>index.html</c> at <c>/</c>, everything else below <c>/live/</c>. The files are resources of
/// the assembly, so that the program needs nothing beside itself on the disk.
/// </summary>
internal static class LivePageEndpoints
{
    private const string ResourcePrefix = "live/";

    // Nothing but the page's own files runs or is fetched, so data of an event can never become code.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Maps the page and its files, for GET and HEAD.</summary>
    /// <returns>A builder for conventions of all the page's endpoints.</returns>
    public static IEndpointConventionBuilder MapLivePage(this IEndpointRouteBuilder endpoints)
    {
        var page = endpoints.MapGroup("");
        var assembly = typeof(LivePageEndpoints).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)))
        {
            var content = Read(assembly, name);
            var contentType = ContentTypes[Path.GetExtension(name)];
            // The tag is of the content, so a browser asks after each file and fetches only those that an upgrade changed.
            var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..32]}\"");
            page.MapMethods(name is "live/index.html" ? "/" : $"/{name}", Methods, (HttpContext http) =>
            {
                var headers = http.Response.Headers;
                headers.CacheControl = "no-cache";
                headers.ContentSecurityPolicy = ContentSecurityPolicy;
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                return TypedResults.Bytes(content, contentType, entityTag: tag);
            });
        }

        return page.ExcludeFromDescription();
    }

    private static byte[] Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
