using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Curlew.Hub.BrowserTests;

/// <summary>The live page in a browser's tab, with what went wrong in it.</summary>
internal sealed class OpenLivePage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _requests = new();

    private OpenLivePage(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        Problems = PageProblems.Watch(page);
        page.Request += (_, request) => _requests.Enqueue(request.Url);
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console, uncaught exceptions, and violations of the Content-Security-Policy.</summary>
    public IReadOnlyCollection<string> Problems { get; }

    /// <summary>The address of every request, in order.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    public ILocator Rows => Page.Locator("#rows > li");

    public ILocator EventRows => Page.Locator("#rows > li:not(.notice-row)");

    public ILocator GapRows => Page.Locator("#rows > li.notice-gap");

    public ILocator ConnectionRows => Page.Locator("#streams-rows > tr");

    public ILocator State => Page.Locator("#connection-text");

    public ILocator Received => Page.Locator("#received");

    public static async Task<OpenLivePage> OpenAsync(
        Chromium chromium, HubUnderTest hub, int width = 1280, int height = 800, ColorScheme colors = ColorScheme.Light)
    {
        var context = await chromium.Browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = colors,
            ReducedMotion = ReducedMotion.Reduce,
        });
        var open = new OpenLivePage(context, await context.NewPageAsync());
        await open.Page.AddInitScriptAsync(
            "document.addEventListener('securitypolicyviolation', e => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`))");
        await open.Page.GotoAsync(hub.Address.ToString());
        await Expect(open.State).ToHaveTextAsync("Live");
        return open;
    }

    public Task PressAsync(params string[] keys) => ForEachAsync(keys, key => Page.Keyboard.PressAsync(key));

    public Task TypeAsync(string text) => Page.Keyboard.TypeAsync(text);

    public Task<string> FocusedAsync() => Page.EvaluateAsync<string>("document.activeElement.id || document.activeElement.localName");

    /// <summary>The topics, types and data of the event rows, as shown, newest first.</summary>
    public async Task<IReadOnlyList<string>> ShownEventsAsync() =>
        await Page.EvaluateAsync<string[]>(
            """
            [...document.querySelectorAll("#rows > li:not(.notice-row) > details > summary")]
              .map(summary => [...summary.children].slice(1).map(part => part.textContent).join(" | "))
            """);

    public async Task ShouldShowAsync(params string[] events)
    {
        await Expect(EventRows).ToHaveCountAsync(events.Length);
        (await ShownEventsAsync()).ShouldBe(events);
    }

    public Task ShouldSayAsync(string id, string pattern) =>
        Expect(Page.Locator($"#{id}")).ToHaveTextAsync(new Regex(pattern, RegexOptions.None, TimeSpan.FromSeconds(1)));

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private static async Task ForEachAsync<T>(IEnumerable<T> items, Func<T, Task> action)
    {
        foreach (var item in items)
            await action(item);
    }
}
