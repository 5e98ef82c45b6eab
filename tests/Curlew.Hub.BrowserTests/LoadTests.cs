using System.Diagnostics;
using static Microsoft.Playwright.Assertions;

namespace Curlew.Hub.BrowserTests;

public sealed class LoadTests(Chromium chromium)
{
    private const int Events = 10_000;
    private const int MaxRows = 500;

    // Generous, because the machine is shared with the hub and the browser: without the page's bounds it takes minutes.
    private static readonly TimeSpan Responsive = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task TenThousandEvents_LeaveFiveHundredRows_AndAPageThatAnswers()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);
        await live.Page.EvaluateAsync(
            """
            () => {
              window.measured = { longestFrame: 0, mostRows: 0 };
              let last = performance.now();
              const look = now => {
                measured.longestFrame = Math.max(measured.longestFrame, now - last);
                measured.mostRows = Math.max(measured.mostRows, document.getElementById("rows").childElementCount);
                last = now;
                requestAnimationFrame(look);
              };
              requestAnimationFrame(look);
            }
            """);

        var publishing = PublishAsync(hub);
        await Expect(live.Received).Not.ToHaveTextAsync("0");
        var click = Stopwatch.StartNew();
        await live.Page.ClickAsync("#pause");
        await Expect(live.Page.Locator("#pause-label")).ToHaveTextAsync("Resume");
        var answered = click.Elapsed;
        await live.Page.ClickAsync("#pause");
        await publishing;

        await Expect(live.Received).ToHaveTextAsync("10,000");
        await Expect(live.Rows).ToHaveCountAsync(MaxRows);
        (await live.ShownEventsAsync())[0].ShouldContain($"\"number\":{Events},");
        (await live.Page.EvaluateAsync<int>("measured.mostRows")).ShouldBeLessThanOrEqualTo(MaxRows);
        answered.ShouldBeLessThan(Responsive);
        (await live.Page.EvaluateAsync<double>("measured.longestFrame")).ShouldBeLessThan(Responsive.TotalMilliseconds);
        live.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task WhatWaitsWhilePaused_IsBoundedToTheNewest()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);

        await live.PressAsync("p");
        await hub.PublishNumbersAsync("numbers", 1, 700);
        await live.ShouldSayAsync("waiting", "^700 waiting$");
        await live.PressAsync("p");

        await Expect(live.Rows).ToHaveCountAsync(MaxRows);
        var shown = await live.ShownEventsAsync();
        shown[0].ShouldContain("\"number\":700,");
        shown[^1].ShouldContain("\"number\":201,");
    }

    private static async Task PublishAsync(HubUnderTest hub)
    {
        const int batch = 500;
        for (var first = 1; first <= Events; first += batch)
            await hub.PublishNumbersAsync("numbers", first, batch);
    }
}
