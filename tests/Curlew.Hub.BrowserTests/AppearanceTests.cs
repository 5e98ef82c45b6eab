using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Curlew.Hub.BrowserTests;

public sealed class AppearanceTests(Chromium chromium)
{
    /// <summary>The pictures of each run, to be looked at.</summary>
    private static readonly string Screenshots = Path.Combine(AppContext.BaseDirectory, "screenshots");

    [Theory]
    [InlineData(360, 740, ColorScheme.Light)]
    [InlineData(360, 740, ColorScheme.Dark)]
    [InlineData(1280, 800, ColorScheme.Light)]
    [InlineData(1280, 800, ColorScheme.Dark)]
    public async Task EveryTextHasTheContrastOfLevelAA_AndNothingIsWiderThanTheScreen(int width, int height, ColorScheme colors)
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub, width, height, colors);

        (await TextContrast.MeasureAsync(live.Page)).Failures.ShouldBeEmpty();
        await FillAsync(hub, live);
        await live.Page.ScreenshotAsync(new() { Path = Picture(width, colors, "full"), FullPage = true });
        await live.Page.ScreenshotAsync(new() { Path = Picture(width, colors, "screen") });
        var page = await TextContrast.MeasureAsync(live.Page);
        page.Failures.ShouldBeEmpty();
        page.Measured.ShouldBeGreaterThan(50);
        (await live.Page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(width);

        await live.Page.ClickAsync("#help-open");
        await live.Page.ScreenshotAsync(new() { Path = Picture(width, colors, "help") });
        (await TextContrast.MeasureAsync(live.Page)).Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task TheMeasureOfContrast_FindsAFaintText()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);

        await live.Page.EvaluateAsync("document.getElementById('publish-title').style.color = '#999'");

        (await TextContrast.MeasureAsync(live.Page)).Failures.ShouldHaveSingleItem().ShouldContain("Publish an event");
    }

    [Fact]
    public async Task ThePlotsHaveATextInstead()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);
        await hub.PublishAsync("a", "one");

        await Expect(live.Page.Locator("#connections-plot .plot-now")).ToHaveTextAsync("1");
        foreach (var (plot, name) in new[] { ("rate-plot", "Events per second"), ("connections-plot", "Connections") })
        {
            await Expect(live.Page.Locator($"#{plot} svg")).ToHaveAttributeAsync(
                "aria-label", new System.Text.RegularExpressions.Regex($"^{name} over the last 2 minutes: now [0-9.]+, highest ", default, TimeSpan.FromSeconds(1)));
        }

        await live.ShouldSayAsync("published", "^1$");
    }

    /// <summary>Brings every kind of row and message onto the page.</summary>
    private static async Task FillAsync(HubUnderTest hub, OpenLivePage live)
    {
        for (var number = 1; number <= 12; number++)
        {
            await hub.PublishAsync("syslog/sshd", $"Failed password for root from 203.0.113.{number} port 4242 ssh2");
            await hub.PublishAsync($"orders/{number}", $$"""{"order":{{number}},"total":129.5,"currency":"EUR"}""", "order.paid");
        }

        await Expect(live.EventRows).ToHaveCountAsync(24);
        await hub.StopAsync();
        await Expect(live.State).Not.ToHaveTextAsync("Live");
        (await TextContrast.MeasureAsync(live.Page)).Failures.ShouldBeEmpty();
        await hub.StartAgainAsync();
        await Expect(live.GapRows).ToHaveCountAsync(1);
        await hub.PublishAsync("alerts", """{"level":"warning","text":"Disk 91 % full"}""", "alert");
        await Expect(live.EventRows).ToHaveCountAsync(25);

        await live.PressAsync("n", "Control+a");
        await live.TypeAsync("orders/*");
        await live.PressAsync("Enter");
        await live.ShouldSayAsync("publish-topic-problem", ".+");
        await live.PressAsync("Escape", "o");
        await Expect(live.ConnectionRows).ToHaveCountAsync(1);
        await live.PressAsync("p", "e", "Enter");
        await hub.PublishAsync("alerts", "waits");
        await live.ShouldSayAsync("waiting", "^1 waiting$");
    }

    private static string Picture(int width, ColorScheme colors, string name)
    {
        Directory.CreateDirectory(Screenshots);
        return Path.Combine(Screenshots, $"{width}-{(colors == ColorScheme.Dark ? "dark" : "light")}-{name}.png");
    }
}
