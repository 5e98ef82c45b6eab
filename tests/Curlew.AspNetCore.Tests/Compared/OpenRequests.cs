using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Curlew.AspNetCore.Tests.Compared;

/// <summary>Counts the requests that have not ended.</summary>
internal sealed class OpenRequests
{
    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);

    public int Of(string path) => _open.GetValueOrDefault(path);

    public async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path.Value!;
        _open.AddOrUpdate(path, 1, static (_, count) => count + 1);
        try
        {
            await next(context);
        }
        finally
        {
            _open.AddOrUpdate(path, 0, static (_, count) => count - 1);
        }
    }
}
