using static Microsoft.Playwright.Assertions;

namespace Curlew.Hub.BrowserTests;

public sealed class LoadTests(Chromium chromium)
{
    private const int Events = 10_000;
    private const int MaxRows = 500;

    [Fact]
    public async Task TenThousandEvents_LeaveFiveHundredRows_AndAPageThatAnswers()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);
        // How long a frame takes is up to the machine; how much is done in one is up to the page.
        await live.Page.EvaluateAsync(
            """
            () => {
              window.measured = { mostRows: 0, mostAdded: 0, mostInsertions: 0 };
              const rows = document.getElementById("rows");
              let frame, added, insertions;
              new MutationObserver(changes => {
                if (frame !== document.timeline.currentTime) {
                  frame = document.timeline.currentTime;
                  added = insertions = 0;
                }

                for (const change of changes) {
                  added += change.addedNodes.length;
                  if (change.addedNodes.length > 0) insertions++;
                }

                measured.mostRows = Math.max(measured.mostRows, rows.childElementCount);
                measured.mostAdded = Math.max(measured.mostAdded, added);
                measured.mostInsertions = Math.max(measured.mostInsertions, insertions);
              }).observe(rows, { childList: true });
            }
            """);

        var publishing = PublishAsync(hub);
        await Expect(live.Received).Not.ToHaveTextAsync("0");
        await live.Page.ClickAsync("#pause");
        await Expect(live.Page.Locator("#pause-label")).ToHaveTextAsync("Resume");
        await live.Page.ClickAsync("#pause");
        await publishing;

        await Expect(live.Received).ToHaveTextAsync("10,000");
        await Expect(live.Rows).ToHaveCountAsync(MaxRows);
        (await live.ShownEventsAsync())[0].ShouldContain($"\"number\":{Events},");
        (await MostAsync("Rows")).ShouldBe(MaxRows);
        (await MostAsync("Added")).ShouldBeInRange(1, MaxRows);
        (await MostAsync("Insertions")).ShouldBe(1);
        live.Problems.ShouldBeEmpty();

        Task<int> MostAsync(string measure) => live.Page.EvaluateAsync<int>($"measured.most{measure}");
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
