using System.Text.Json.Nodes;

namespace Curlew.Samples.Tests;

public sealed class FinanceNotificationsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_that_happens_is_told_to_whom_it_concerns()
    {
        await using var sample = await Sample.StartAsync("FinanceNotifications");
        await sample.PostAsync("/sign-in?user=bob");
        using var bob = await sample.OpenAsync("/me/events");
        await sample.PostAsync("/sign-in?user=ann");
        using var ann = await sample.OpenAsync("/me/events");

        await sample.PostAsync("/accounts/checking/sync");
        await sample.PostAsync("/imports/2026.csv");
        await sample.PostAsync("/devices/phone");
        await sample.PostAsync("/portfolios/pension/value?value=1000.50");
        await sample.PostAsync("/portfolios/house/value?value=250000");
        await sample.PostAsync("/providers/bank-a/health?health=slow");

        (await ReadAsync(ann, 12)).ShouldBe(
        [
            """sync.progressed {"userId":"ann","account":"checking","percent":25}""",
            """sync.progressed {"userId":"ann","account":"checking","percent":50}""",
            """sync.progressed {"userId":"ann","account":"checking","percent":75}""",
            """sync.progressed {"userId":"ann","account":"checking","percent":100}""",
            """sync.completed {"userId":"ann","account":"checking","transactions":12}""",
            """import.progressed {"userId":"ann","file":"2026.csv","rows":100,"total":300}""",
            """import.progressed {"userId":"ann","file":"2026.csv","rows":200,"total":300}""",
            """import.progressed {"userId":"ann","file":"2026.csv","rows":300,"total":300}""",
            """security.new-device {"device":"phone"}""",
            """portfolio.revalued {"portfolio":"pension","value":1000.50}""",
            """portfolio.revalued {"portfolio":"house","value":250000}""",
            """provider.health {"provider":"bank-a","health":"slow"}""",
        ]);
        // Nothing of ann's stands between what is for both.
        (await ReadAsync(bob, 2)).ShouldBe(["""portfolio.revalued {"portfolio":"house","value":250000}""", """provider.health {"provider":"bank-a","health":"slow"}"""]);
    }

    [Fact]
    public async Task A_stream_is_narrowed_to_categories_and_goes_on_under_another_filter()
    {
        await using var sample = await Sample.StartAsync("FinanceNotifications");
        await sample.PostAsync("/sign-in?user=ann");
        string lastEventId;
        using (var security = await sample.OpenAsync("/me/events?category=security&category=providers"))
        {
            await sample.PostAsync("/portfolios/house/value?value=1");
            await sample.PostAsync("/devices/phone");
            (await ReadAsync(security, 1)).ShouldBe(["""security.new-device {"device":"phone"}"""]);
            lastEventId = security.LastEventId;
        }

        await sample.PostAsync("/portfolios/house/value?value=2");
        using var portfolios = await sample.OpenAsync($"/me/events?category=portfolios&lastEventId={lastEventId}");
        (await ReadAsync(portfolios, 1)).ShouldBe(["""portfolio.revalued {"portfolio":"house","value":2}"""]);
    }

    [Theory]
    [InlineData("category=crypto", "category: there is no category 'crypto'; the categories are 'accounts', 'imports', 'portfolios', 'providers', 'security'.")]
    [InlineData("type=sync.lost", "type: there is no type 'sync.lost'; the types are 'sync.progressed', 'sync.completed', 'provider.health', 'import.progressed', 'portfolio.revalued', 'security.new-device', and 'message' for events without one.")]
    public async Task What_the_catalog_does_not_list_is_refused_with_what_it_lists(string query, string detail)
    {
        await using var sample = await Sample.StartAsync("FinanceNotifications");
        await sample.PostAsync("/sign-in?user=ann");

        using var answer = await sample.RequestAsync($"/me/events?{query}");

        answer.Status.ShouldBe(400);
        ((string?)JsonNode.Parse(await answer.ReadToEndAsync(Cancel))!["detail"]).ShouldBe(detail);
    }

    [Fact]
    public async Task Who_is_not_signed_in_gets_no_stream()
    {
        await using var sample = await Sample.StartAsync("FinanceNotifications");

        using var anonymous = await sample.RequestAsync("/me/events?category=security");

        anonymous.Status.ShouldBe(401);
    }

    [Fact]
    public async Task The_page_and_what_it_reads_are_there()
    {
        await using var sample = await Sample.StartAsync("FinanceNotifications");

        (await sample.GetAsync("/")).ShouldContain("page.js");
        var page = await sample.GetAsync("/page.js");
        var catalog = JsonNode.Parse(await sample.GetAsync("/events/catalog"))!;

        catalog["categories"]!.AsArray().Select(static category => (string?)category!["name"]).ShouldBe(["accounts", "imports", "portfolios", "providers", "security"]);
        catalog["events"]!.AsArray().Select(static e => (string?)e!["type"]).ShouldAllBe(type => page.Contains($"\"{type}\"", StringComparison.Ordinal));
        catalog["events"]!.AsArray().ShouldAllBe(static e => e!["description"] != null && e["schema"] != null);
    }

    /// <summary>The next events as type and data. The time of each is checked and left out.</summary>
    private static async Task<List<string>> ReadAsync(RawStream stream, int count)
    {
        List<string> events = [];
        while (events.Count < count)
        {
            var e = (await stream.ReadEventAsync(Cancel))!;
            var data = JsonNode.Parse(e.Data!)!.AsObject();
            ((DateTimeOffset)data["occurredAt"]!).ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(5));
            data.Remove("occurredAt");
            events.Add($"{e.Type} {data.ToJsonString()}");
        }

        return events;
    }
}
