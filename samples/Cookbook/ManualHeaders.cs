using System.Net.ServerSentEvents;

namespace Cookbook;

static class ManualHeaders
{
    public static void MapManualHeaders(this WebApplication app) => app.MapGet("/manual", async (HttpContext http) =>
    {
        EventStream.SetHeaders(http.Response);
        http.Response.Headers["X-Model"] = "manual";
        await http.Response.WriteAsync(EventStream.FormatComment("written by hand"), http.RequestAborted);
        await http.Response.WriteAsync(EventStream.Format(new SseItem<string>("two\nlines", "note") { EventId = "1" }), http.RequestAborted);
    });
}
