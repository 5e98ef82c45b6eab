namespace Curlew.Samples.Tests;

public sealed class NotificationsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Notices_reach_whom_they_are_for()
    {
        await using var sample = await Sample.StartAsync("Notifications");
        await sample.PostAsync("/sign-in?user=ann&team=red");
        using var mine = await sample.OpenAsync("/me/events");
        using var team = await sample.OpenAsync("/team/events");

        await sample.PostAsync("/users/bob/notices", new { text = "for bob" });
        await sample.PostAsync("/users/ann/notices", new { text = "for ann" });
        await sample.PostAsync("/notices?to=ann&to=bob", new { text = "for both" });
        await sample.PostAsync("/announcements", new { text = "for all" });
        await sample.PostAsync("/teams/blue/notices", new { text = "for the blue team" });
        await sample.PostAsync("/teams/red/notices", new { text = "for the red team" });

        (await ReadAsync(mine, 3)).ShouldBe(["""{"text":"for ann"}""", """{"text":"for both"}""", """{"text":"for all"}"""]);
        (await ReadAsync(team, 1)).ShouldBe(["""{"text":"for the red team"}"""]);
    }

    [Fact]
    public async Task Who_is_not_signed_in_gets_no_stream()
    {
        await using var sample = await Sample.StartAsync("Notifications");

        using var anonymous = await sample.RequestAsync("/me/events");
        anonymous.Status.ShouldBe(401);

        await sample.PostAsync("/sign-in?user=ann&team=red");
        using var stranger = await sample.RequestAsync("/audit");
        stranger.Status.ShouldBe(403);
    }

    [Fact]
    public async Task Operators_see_the_record_in_a_hub_of_its_own()
    {
        await using var sample = await Sample.StartAsync("Notifications");
        await sample.PostAsync("/sign-in?user=olga&team=operators");
        using var audit = await sample.OpenAsync("/audit");

        await sample.PostAsync("/users/ann/notices", new { text = "for ann" });
        await sample.PostAsync("/announcements", new { text = "for all" });

        var records = await ReadAsync(audit, 2);
        records[0].ShouldEndWith(": to ann");
        records[1].ShouldEndWith(": to all");
    }

    [Fact]
    public async Task Clients_choose_their_news()
    {
        await using var sample = await Sample.StartAsync("Notifications");
        using var stream = await sample.OpenAsync("/news?topic=public/sports&topic=public/all");
        using var forbidden = await sample.RequestAsync("/news?topic=teams/red");
        forbidden.Status.ShouldBe(403);

        await sample.PostAsync("/news/sports", new { text = "a goal" });
        await sample.PostAsync("/news/weather", new { text = "rain" });

        (await ReadAsync(stream, 2)).ShouldBe(["""{"text":"a goal"}""", """{"text":"rain"}"""]);
    }

    [Fact]
    public async Task The_page_is_there()
    {
        await using var sample = await Sample.StartAsync("Notifications");

        (await sample.GetAsync("/")).ShouldContain("page.js");
        (await sample.GetAsync("/page.js")).ShouldContain("new EventSource(url)");
    }

    private static async Task<List<string>> ReadAsync(RawStream stream, int count)
    {
        List<string> data = [];
        while (data.Count < count)
            data.Add((await stream.ReadEventAsync(Cancel))!.Data!);
        return data;
    }
}
