using System.Globalization;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Curlew.Samples.BrowserTests;

public sealed class SensorsTests(Chromium chromium, RunningSamples samples)
{
    private const int MaxValues = 60;

    private static readonly string[] Fast = ["--Sensors:Interval=00:00:00.010", "--Counter:Interval=00:00:00.010"];

    [Fact]
    public async Task Each_stream_starts_and_stops_alone()
    {
        var sample = await samples.GetAsync("Sensors", Fast);
        await using var page = await OpenPage.OpenAsync(chromium, sample);

        await ButtonAsync(page, "Start Temperature");
        await ButtonAsync(page, "Start Counter");
        await UntilReceivedAsync(page, "temperature", 10);
        await Expect(page["#temperature .state"]).ToHaveTextAsync("Live.");
        await page.ShouldSayAsync("#temperature .value", @"^\d+(\.\d+)? °C$");
        await ButtonAsync(page, "Stop Temperature");

        await Expect(page["#temperature .state"]).ToHaveTextAsync("Stopped.");
        var received = await ReceivedAsync(page, "temperature");
        await UntilReceivedAsync(page, "counter", await ReceivedAsync(page, "counter") + 20);
        (await ReceivedAsync(page, "temperature")).ShouldBe(received);
        (await ReceivedAsync(page, "humidity")).ShouldBe(0);
        page.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_line_is_drawn_of_the_newest_values_only()
    {
        var sample = await samples.GetAsync("Sensors", Fast);
        await using var page = await OpenPage.OpenAsync(chromium, sample);

        await ButtonAsync(page, "Start Pressure");
        await UntilReceivedAsync(page, "pressure", 2 * MaxValues);

        (await page.Page.EvaluateAsync<int>("document.querySelector('#pressure polyline').points.numberOfItems")).ShouldBe(MaxValues);
        (await page["#pressure .line"].GetAttributeAsync("aria-label")).ShouldStartWith($"Pressure, the last {MaxValues} values: lowest ");
    }

    [Fact]
    public async Task The_counter_begins_again_when_it_is_started_again()
    {
        var sample = await samples.GetAsync("Sensors", Fast);
        await using var page = await OpenPage.OpenAsync(chromium, sample);
        await ButtonAsync(page, "Start Counter");
        await UntilReceivedAsync(page, "counter", 5);
        await ButtonAsync(page, "Stop Counter");
        await Expect(page["#counter .state"]).ToHaveTextAsync("Stopped.");
        (await page["#counter .value"].InnerTextAsync()).Trim().ShouldBe(await page["#counter .received"].InnerTextAsync());

        await ButtonAsync(page, "Start Counter");
        await UntilReceivedAsync(page, "counter", 1);
        await ButtonAsync(page, "Stop Counter");

        (await page["#counter .value"].InnerTextAsync()).Trim().ShouldBe(await page["#counter .received"].InnerTextAsync());
    }

    [Fact]
    public async Task The_counter_goes_on_after_the_last_event_id()
    {
        var sample = await samples.GetAsync("Sensors", Fast);

        using var stream = await sample.OpenAsync("/counter", ("Last-Event-ID", "41"));

        var next = await stream.EventAsync();
        (next.Id, next.Type, next.Data).ShouldBe(("42", "count", "42"));
    }

    private static Task ButtonAsync(OpenPage page, string name) => page.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).ClickAsync();

    private static Task UntilReceivedAsync(OpenPage page, string panel, int count) =>
        Eventually.UntilAsync(async () => await ReceivedAsync(page, panel) >= count);

    private static async Task<int> ReceivedAsync(OpenPage page, string panel) =>
        int.Parse(await page[$"#{panel} .received"].InnerTextAsync(), CultureInfo.InvariantCulture);
}
