using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Curlew.Samples.BrowserTests;

public sealed class AppearanceTests(Chromium chromium, RunningSamples samples)
{
    /// <summary>The pictures of each run, to be looked at.</summary>
    private static readonly string Screenshots = Path.Combine(AppContext.BaseDirectory, "screenshots");

    [Theory]
    [InlineData("Chat")]
    [InlineData("ImportProgress")]
    [InlineData("Sensors")]
    [InlineData("TokenStream")]
    public async Task A_page_has_names_for_its_fields_contrast_in_light_and_dark_and_room_on_a_small_screen(string name)
    {
        var sample = await samples.GetAsync(name);
        foreach (var colors in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await using var page = await OpenPage.OpenAsync(chromium, sample, colors, width: 360);
            await FillAsync(name, page);

            var contrast = await TextContrast.MeasureAsync(page.Page);
            contrast.Measured.ShouldBeGreaterThan(5);
            contrast.Failures.ShouldBeEmpty();
            (await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(360);
            (await page["input, select, textarea"].EvaluateAllAsync<string[]>("fields => fields.filter(field => field.labels.length === 0).map(field => field.name)"))
                .ShouldBeEmpty();
            await Expect(page["[role=status]"].First).ToBeVisibleAsync();
            await page.Page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, $"{name}-{colors}.png"), FullPage = true });
        }
    }

    /// <summary>Brings onto a page what it is for.</summary>
    private static async Task FillAsync(string name, OpenPage page)
    {
        switch (name)
        {
            case "Chat":
                await page.Page.GetByLabel("Name").FillAsync("ann");
                await page["#join button"].ClickAsync();
                await page.Page.GetByLabel("Message").FillAsync("hello");
                await page.Page.GetByLabel("Message").PressAsync("Enter");
                await Expect(page["#entries"]).ToContainTextAsync("ann: hello");
                break;
            case "ImportProgress":
                await page["#start"].ClickAsync();
                await Expect(page["#errors > li"].First).ToBeVisibleAsync();
                break;
            case "Sensors":
                await page["#temperature .start"].ClickAsync();
                await page.ShouldSayAsync("#temperature .received", "[1-9]");
                break;
            case "TokenStream":
                await page["#send"].ClickAsync();
                await Expect(page["#answer"]).Not.ToBeEmptyAsync();
                break;
        }
    }
}
