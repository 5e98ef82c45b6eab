using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Curlew.Testing.Chromium))]
// One page at a time: what is measured here is the page, not how a busy machine divides itself.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Curlew.Testing;

/// <summary>The system's Chromium, started once for all tests. The variable CHROMIUM names another one.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public IBrowser Browser => _browser ?? throw new InvalidOperationException("The browser was not started.");

    public async ValueTask InitializeAsync()
    {
        var path = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium";
        if (!File.Exists(path))
            throw new FileNotFoundException("These tests need Chromium: 'apt-get install chromium', or set CHROMIUM to its path.", path);

        // Longer than a draining hub spreads the delays after which its clients come back.
        Assertions.SetDefaultExpectTimeout(30_000);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = path,
            // Chromium refuses to start its sandbox as root.
            ChromiumSandbox = !Environment.IsPrivilegedProcess,
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
