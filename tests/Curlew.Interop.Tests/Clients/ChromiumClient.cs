using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;

namespace Curlew.Interop.Tests.Clients;

/// <summary>Chromium's own <c>EventSource</c>, in a page of the server.</summary>
internal sealed class ChromiumClient : ClientUnderTest
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<PeerEvent> _received = new();

    private ChromiumClient(IBrowserContext context) => _context = context;

    public override IReadOnlyList<PeerEvent> Received => [.. _received];

    public static async Task<ChromiumClient> StartAsync(Chromium chromium, Uri url)
    {
        var client = new ChromiumClient(await chromium.Browser.NewContextAsync());
        var page = await client._context.NewPageAsync();
        await page.ExposeFunctionAsync(
            "report", (string json) => client._received.Enqueue(JsonSerializer.Deserialize<PeerEvent>(json, JsonSerializerOptions.Web)!));
        await page.GotoAsync(new Uri(url, "/").AbsoluteUri);
        await page.EvaluateAsync(
            """
            url => {
              window.source = new EventSource(url);
              for (const type of ["message", "greeting", "number", "gap"])
                source.addEventListener(type, ({ data, lastEventId }) => report(JSON.stringify({ type, data, id: lastEventId })));
            }
            """,
            url.AbsoluteUri);
        return client;
    }

    public override ValueTask DisposeAsync() => _context.DisposeAsync();
}
