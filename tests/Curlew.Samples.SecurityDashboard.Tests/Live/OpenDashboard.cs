using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Curlew.Samples.SecurityDashboard.Tests.Live;

/// <summary>The dashboard's page in a browser of its own, with what went wrong in it.</summary>
internal sealed class OpenDashboard : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    private OpenDashboard(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        Problems = PageProblems.Watch(page);
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console, among them violations of the Content-Security-Policy, and uncaught exceptions.</summary>
    public IReadOnlyCollection<string> Problems { get; }

    public ILocator Logs => Page.Locator("#logs > .record");

    public static async Task<OpenDashboard> OpenAsync(
        Chromium chromium, Sample sample, int width = 1280, int height = 800, ColorScheme colors = ColorScheme.Light)
    {
        var context = await chromium.Browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = colors,
        });
        var open = new OpenDashboard(context, await context.NewPageAsync());
        await open.Page.GotoAsync(sample.Url.ToString());
        await open.ShouldBeLiveAsync();
        return open;
    }

    public async Task ShouldBeLiveAsync()
    {
        await Expect(Page.Locator("#logs-connection .state")).ToHaveTextAsync("live");
        await Expect(Page.Locator("#alerts-connection .state")).ToHaveTextAsync("live");
    }

    public ILocator Alert(string name) => Page.Locator("#alerts > .alert", new() { HasText = name });

    public ILocator Scenario(string id) => Page.Locator($".scenario[data-id='{id}']");

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
