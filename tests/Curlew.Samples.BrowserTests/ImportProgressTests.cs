using System.Globalization;
using System.Text;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Curlew.Samples.BrowserTests;

public sealed class ImportProgressTests(Chromium chromium)
{
    // No import of the example ends at this pace while a test looks.
    private const string Slow = "--Import:RowTime=00:00:00.200";

    [Fact]
    public async Task An_import_shows_its_faulty_rows_and_its_end()
    {
        await using var sample = await Sample.StartAsync("ImportProgress", "--Import:RowTime=00:00:00.001");
        await using var page = await OpenPage.OpenAsync(chromium, sample);

        await ImportAsync(page, "Ada,ada@example.org,1.50", "Bob,nobody,1", "Cid,cid@example.org,2", "Dan,dan@example.org", "<b>Eve</b>,eve@example.org,<i>much</i>");

        await Expect(page.State).ToHaveTextAsync("Complete: 2 imported, 3 faulty.");
        await Expect(page["#errors > li"]).ToHaveTextAsync(
        [
            "Row 2: 'nobody' is no email address",
            "Row 4: has 2 fields; 3 are needed: name, email, credit",
            "Row 5: '<i>much</i>' is no amount",
        ]);
        await Expect(page["#percent"]).ToHaveTextAsync("100 %");
        await Expect(page["#cancel"]).ToBeDisabledAsync();
        (await sample.GetAsync("/customers")).ShouldBe("""{"count":2}""");
        page.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Cancel_ends_the_work_and_the_next_import_has_its_turn()
    {
        await using var sample = await Sample.StartAsync("ImportProgress", Slow);
        await using var page = await OpenPage.OpenAsync(chromium, sample);
        await using var other = await OpenPage.OpenAsync(chromium, sample);
        await page["#start"].ClickAsync();
        await Expect(page.State).ToHaveTextAsync("Checking rows.");
        await ImportAsync(other, "Ada,ada@example.org,1.50");
        await Expect(other.State).ToHaveTextAsync("Waiting for other imports.");

        await page["#cancel"].ClickAsync();

        await Expect(page.State).ToHaveTextAsync("Cancelled.");
        await sample.LogsAsync(@"ended after \d+ of 600: cancelled");
        await Expect(other.State).ToHaveTextAsync("Complete: 1 imported, 0 faulty.");
    }

    [Fact]
    public async Task Closing_the_page_ends_the_work()
    {
        await using var sample = await Sample.StartAsync("ImportProgress", Slow);
        var page = await OpenPage.OpenAsync(chromium, sample);
        await page["#start"].ClickAsync();
        await Expect(page.State).ToHaveTextAsync("Checking rows.");

        await page.DisposeAsync();

        await sample.LogsAsync(@"ended after \d+ of 600: cancelled");
    }

    [Fact]
    public async Task After_a_cut_the_import_goes_on_where_the_page_was()
    {
        await using var sample = await Sample.StartAsync("ImportProgress", "--Import:RowTime=00:00:00.050");
        await using var proxy = CutProxy.Start(sample.Url.Port);
        await using var page = await OpenPage.OpenAsync(chromium, proxy.Port);
        await ImportAsync(page, [.. Enumerable.Range(0, 60).Select(static number => number == 1 ? "Nobody" : $"Name,name{number}@example.org,1")]);
        await Expect(page["#errors > li"]).ToHaveCountAsync(1);

        proxy.Cut();
        await sample.LogsAsync("ended after .*: cancelled");

        await Expect(page.State).ToHaveTextAsync("Complete: 59 imported, 1 faulty.");
        var resumed = await sample.LogsAsync("began after (?<done>[1-9][0-9]*) of 120");
        int.Parse(resumed.Groups["done"].Value, CultureInfo.InvariantCulture).ShouldBeInRange(2, 119);
        await Expect(page["#errors > li"]).ToHaveCountAsync(1);
        (await sample.GetAsync("/customers")).ShouldBe("""{"count":59}""");
    }

    [Fact]
    public async Task A_stream_of_no_upload_is_not_found()
    {
        await using var sample = await Sample.StartAsync("ImportProgress");

        using var stream = await sample.RequestAsync($"/imports/{Guid.NewGuid()}/events");

        stream.Status.ShouldBe(404);
    }

    private static async Task ImportAsync(OpenPage page, params string[] rows)
    {
        await page["input[type=file]"].SetInputFilesAsync(
            new FilePayload { Name = "customers.csv", MimeType = "text/csv", Buffer = Encoding.UTF8.GetBytes(string.Join("\r\n", rows)) });
        await page["#start"].ClickAsync();
    }
}
