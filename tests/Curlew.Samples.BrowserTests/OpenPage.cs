using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Curlew.Samples.BrowserTests;

/// <summary>A sample's page in a browser of its own: no cookies or storage are shared with another. Disposing closes it, as its user would.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    private OpenPage(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        Problems = PageProblems.Watch(page);
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console, and uncaught exceptions. A connection that is cut is one.</summary>
    public IReadOnlyCollection<string> Problems { get; }

    public ILocator State => this["#state"];

    public ILocator this[string selector] => Page.Locator(selector);

    public static Task<OpenPage> OpenAsync(Chromium chromium, Sample sample, ColorScheme colors = ColorScheme.Light, int width = 1280) =>
        OpenAsync(chromium, sample.Url.Port, colors, width);

    /// <summary>Opens the page by way of a port, such as a proxy's.</summary>
    public static async Task<OpenPage> OpenAsync(Chromium chromium, int port, ColorScheme colors = ColorScheme.Light, int width = 1280)
    {
        var context = await chromium.Browser.NewContextAsync(new() { ColorScheme = colors, ViewportSize = new() { Width = width, Height = 740 } });
        var open = new OpenPage(context, await context.NewPageAsync());
        await open.Page.GotoAsync($"http://127.0.0.1:{port}/");
        return open;
    }

    public Task ShouldSayAsync(string selector, string pattern) =>
        Expect(this[selector]).ToHaveTextAsync(new Regex(pattern, RegexOptions.None, TimeSpan.FromSeconds(1)));

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
