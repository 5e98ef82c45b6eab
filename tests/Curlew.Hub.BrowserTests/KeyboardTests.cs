using static Microsoft.Playwright.Assertions;

namespace Curlew.Hub.BrowserTests;

public sealed class KeyboardTests(Chromium chromium)
{
    [Fact]
    public async Task AnEventIsPublishedWithTheKeyboardAlone()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);

        await live.PressAsync("n", "Control+a");
        await live.TypeAsync("orders/42, customers/7");
        await live.PressAsync("Tab");
        await live.TypeAsync("order.paid");
        await live.PressAsync("Tab", "Control+a");
        await live.TypeAsync("{\"total\": 12}");
        await live.PressAsync("Control+Enter");

        await live.ShouldSayAsync("publish-result", @"^Published as \d+-\d+$");
        await live.ShouldShowAsync("orders/42, customers/7 | order.paid | {\"total\": 12}");
        live.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task ARefusedEvent_IsExplainedAtItsField()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);

        await live.PressAsync("n", "Control+a");
        await live.TypeAsync("orders/*");
        await live.PressAsync("Enter");

        await live.ShouldSayAsync("publish-result", "^Not published");
        await live.ShouldSayAsync("publish-topic-problem", ".+");
        (await live.FocusedAsync()).ShouldBe("publish-topic");
        await live.ShouldShowAsync();
    }

    [Fact]
    public async Task WhilePaused_NothingMovesAndWhatWaitsIsCounted()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);
        await hub.PublishAsync("a", "before");
        await live.ShouldShowAsync("a | message | before");

        await live.PressAsync("p");
        await hub.PublishAsync("a", "first");
        await hub.PublishAsync("a", "second");

        await live.ShouldSayAsync("waiting", "^2 waiting$");
        await live.ShouldShowAsync("a | message | before");
        await live.PressAsync("p");
        await live.ShouldShowAsync("a | message | second", "a | message | first", "a | message | before");
        live.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task TheListIsFilteredByTopicAndByType()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);
        await hub.PublishAsync("orders/1", "one", "paid");
        await hub.PublishAsync("orders/2", "two", "shipped");
        await hub.PublishAsync("alerts", "three", "paid");
        await Expect(live.EventRows).ToHaveCountAsync(3);

        await live.PressAsync("/");
        await live.TypeAsync("orders/*");
        await live.PressAsync("Enter");
        await live.ShouldShowAsync("orders/2 | shipped | two", "orders/1 | paid | one");

        await live.PressAsync("Escape", "t");
        await live.TypeAsync("paid");
        await live.PressAsync("Enter");
        await live.ShouldShowAsync("orders/1 | paid | one");

        await hub.PublishAsync("alerts", "four", "paid");
        await hub.PublishAsync("orders/3", "five", "shipped");
        await hub.PublishAsync("orders/4", "six", "paid");
        await live.ShouldShowAsync("orders/4 | paid | six", "orders/1 | paid | one");
        live.Page.Url.ShouldEndWith("?topic=orders%2F*&type=paid");
        live.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task AFilterThatTheHubRefuses_IsExplained_AndAnotherOneWorks()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);

        await live.PressAsync("/");
        await live.TypeAsync("a//b");
        await live.PressAsync("Enter");
        await live.ShouldSayAsync("filter-problem", ".+");
        await Expect(live.State).ToHaveTextAsync("Not connected");

        await live.PressAsync("Control+a");
        await live.TypeAsync("a");
        await live.PressAsync("Enter");
        await Expect(live.State).ToHaveTextAsync("Live");
        await Expect(live.Page.Locator("#filter-problem")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task AnEventIsOpenedAndTheListIsWalkedWithTheArrows()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);
        await hub.PublishAsync("a", "{\"n\":1}");
        await hub.PublishAsync("a", "{\"n\":2}");
        await Expect(live.EventRows).ToHaveCountAsync(2);

        await live.PressAsync("e", "ArrowDown", "Enter");

        await Expect(live.EventRows.Nth(1).Locator("pre")).ToHaveTextAsync("{\n  \"n\": 1\n}");
        await Expect(live.EventRows.Nth(0).Locator("details")).Not.ToHaveAttributeAsync("open", "");
        live.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task EveryControlIsReachedWithTab_AndShowsThatItHasTheFocus()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);
        await hub.PublishNumbersAsync("a", 1, 50);
        await Expect(live.EventRows).ToHaveCountAsync(50);

        var reached = new List<string>();
        for (var stop = 0; stop < 25; stop++)
        {
            await live.PressAsync("Tab");
            var focused = await live.FocusedAsync();
            if (focused is "body")
                break;
            reached.Add(focused);
            (await live.Page.EvaluateAsync<double>("parseFloat(getComputedStyle(document.activeElement).outlineWidth)"))
                .ShouldBeGreaterThanOrEqualTo(2, focused);
        }

        // The list is one stop however many rows it has, and the order is that of reading.
        reached.ShouldBe(
        [
            "a", "help-open", "filter-topic", "filter-type", "button", "pause", "clear", "summary", "streams-toggle",
            "publish-topic", "publish-type", "publish-data", "button",
        ]);
    }

    [Fact]
    public async Task LettersAreTextInAField_AndNoCommandsOnceSwitchedOff()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);

        await live.PressAsync("/");
        await live.TypeAsync("pc");
        await Expect(live.Page.Locator("#filter-topic")).ToHaveValueAsync("pc");
        await Expect(live.Page.Locator("#pause-label")).ToHaveTextAsync("Pause");

        await live.PressAsync("Escape", "?", "Shift+Tab");
        await Expect(live.Page.Locator("#keys-on")).ToBeFocusedAsync();
        await live.PressAsync("Space", "Escape", "p");
        await Expect(live.Page.Locator("#pause-label")).ToHaveTextAsync("Pause");
    }
}
