using System.Net;
using System.Net.Http.Json;
using static Microsoft.Playwright.Assertions;

namespace Curlew.Samples.BrowserTests;

public sealed class ChatTests(Chromium chromium, RunningSamples samples)
{
    // However slowly a browser comes back.
    private const string Patient = "--Chat:Patience=00:10:00";

    [Fact]
    public async Task People_of_a_room_see_who_comes_what_is_said_in_order_and_who_leaves()
    {
        var sample = await samples.GetAsync("Chat", Patient);
        await using var ann = await JoinAsync(sample, "ann", "tea");
        await using var cid = await JoinAsync(sample, "cid", "coffee");
        await using var bob = await JoinAsync(sample, "bob", "tea");

        await SayAsync(ann, "good morning");
        await ShouldShowAsync(bob, "ann has joined.", "bob has joined.", "ann: good morning");
        await SayAsync(bob, "hello");
        await ShouldShowAsync(ann, "ann has joined.", "bob has joined.", "ann: good morning", "bob: hello");
        await bob["#leave"].ClickAsync();

        await ShouldShowAsync(ann, "ann has joined.", "bob has joined.", "ann: good morning", "bob: hello", "bob has left.");
        await Expect(bob.State).ToHaveTextAsync("Not in a room.");
        await ShouldShowAsync(cid, "cid has joined.");
        new[] { ann, bob, cid }.SelectMany(static page => page.Problems).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_comes_late_sees_the_last_ten_messages()
    {
        var sample = await samples.GetAsync("Chat", Patient);
        for (var number = 1; number <= 12; number++)
            await PostAsync(sample, "late", "ann", $"message {number}");

        await using var late = await JoinAsync(sample, "dan", "late");

        await ShouldShowAsync(late, [.. Enumerable.Range(3, 10).Select(static number => $"ann: message {number}"), "dan has joined."]);
    }

    [Fact]
    public async Task Markup_in_a_message_is_text()
    {
        const string markup = "<img src=x onerror=\"document.title='run'\"><b>bold</b><script>document.title='run'</script>";
        var sample = await samples.GetAsync("Chat", Patient);
        await using var ann = await JoinAsync(sample, "ann", "markup");

        await SayAsync(ann, markup);

        await ShouldShowAsync(ann, "ann has joined.", $"ann: {markup}");
        (await ann["#entries"].Locator("img, script").CountAsync()).ShouldBe(0);
        await Expect(ann.Page).ToHaveTitleAsync("Chat");
    }

    [Fact]
    public async Task After_a_cut_nothing_is_missing_or_repeated_and_nobody_has_left()
    {
        var sample = await samples.GetAsync("Chat", Patient);
        await using var proxy = CutProxy.Start(sample.Url.Port);
        await using var ann = await JoinAsync(proxy.Port, "ann", "cut");
        await PostAsync(sample, "cut", "bob", "before");
        await ShouldShowAsync(ann, "ann has joined.", "bob: before");

        proxy.IsAway = true;
        proxy.Cut();
        await ann.ShouldSayAsync("#state", "Reconnecting");
        await PostAsync(sample, "cut", "bob", "meanwhile");
        await PostAsync(sample, "cut", "bob", "and more");
        proxy.IsAway = false;

        await ShouldShowAsync(ann, "ann has joined.", "bob: before", "bob: meanwhile", "bob: and more");
        await Expect(ann.State).ToHaveTextAsync("Connected.");
        await SayAsync(ann, "back");
        await ShouldShowAsync(ann, "ann has joined.", "bob: before", "bob: meanwhile", "bob: and more", "ann: back");
    }

    [Fact]
    public async Task A_reload_is_no_leave_and_shows_the_last_ten_again()
    {
        var sample = await samples.GetAsync("Chat", Patient);
        await using var ann = await JoinAsync(sample, "ann", "reload");
        await using var bob = await JoinAsync(sample, "bob", "reload");
        await SayAsync(ann, "before");

        await ann.Page.ReloadAsync();
        await Expect(ann.State).ToHaveTextAsync("Connected.");
        await SayAsync(ann, "after");
        await ann.Page.GotoAsync("about:blank");
        // Until the server knows that both streams have ended.
        await Eventually.UntilAsync(() => sample.CountLogs("Request finished .*/rooms/reload/events.*name=ann") == 2);
        await ann.Page.GotoAsync(sample.Url.ToString());
        await Expect(ann.State).ToHaveTextAsync("Connected.");
        await SayAsync(ann, "back");

        await ShouldShowAsync(ann, "ann has joined.", "bob has joined.", "ann: before", "ann: after", "ann: back");
        await ShouldShowAsync(bob, "ann has joined.", "bob has joined.", "ann: before", "ann: after", "ann: back");
    }

    [Fact]
    public async Task Who_closes_the_page_has_left()
    {
        await using var sample = await Sample.StartAsync("Chat", "--Chat:Patience=00:00:00.100");
        await using var bob = await JoinAsync(sample, "bob", "tea");
        var ann = await JoinAsync(sample, "ann", "tea");

        await ann.DisposeAsync();

        await ShouldShowAsync(bob, "bob has joined.", "ann has joined.", "ann has left.");
    }

    [Theory]
    [InlineData("/rooms/te%20a/messages", "ann", "text")]
    [InlineData("/rooms/tea*/messages", "ann", "text")]
    [InlineData("/rooms/tea/messages", "a/b", "text")]
    [InlineData("/rooms/tea/messages", "ann", "")]
    [InlineData("/rooms/tea/messages", null, "text")]
    public async Task What_is_no_message_is_refused(string target, string? name, string text)
    {
        var sample = await samples.GetAsync("Chat", Patient);

        using var content = JsonContent.Create(new { name, text });
        using var answer = await sample.Client.PostAsync(new Uri(target, UriKind.Relative), content, TestContext.Current.CancellationToken);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private Task<OpenPage> JoinAsync(Sample sample, string name, string room) => JoinAsync(sample.Url.Port, name, room);

    private async Task<OpenPage> JoinAsync(int port, string name, string room)
    {
        var page = await OpenPage.OpenAsync(chromium, port);
        await page.Page.GetByLabel("Name").FillAsync(name);
        await page.Page.GetByLabel("Room").FillAsync(room);
        await page["#join button"].ClickAsync();
        await Expect(page.State).ToHaveTextAsync("Connected.");
        return page;
    }

    private static Task PostAsync(Sample sample, string room, string name, string text) => sample.PostAsync($"/rooms/{room}/messages", new { name, text });

    private static async Task SayAsync(OpenPage page, string text)
    {
        var field = page.Page.GetByLabel("Message");
        await field.FillAsync(text);
        await field.PressAsync("Enter");
        await Expect(field).ToBeEmptyAsync();
    }

    private static Task ShouldShowAsync(OpenPage page, params string[] entries) => Expect(page["#entries > li > span"]).ToHaveTextAsync(entries);
}
