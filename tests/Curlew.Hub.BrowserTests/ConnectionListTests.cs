using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Curlew.Hub.BrowserTests;

public sealed class ConnectionListTests(Chromium chromium)
{
    [Fact]
    public async Task TheConnectionsAreListed_AndKeptUpToDate()
    {
        await using var hub = await HubUnderTest.StartAsync();
        using var stream = await RawStream.ConnectAsync(hub.Port, "/events?topic=orders/*&type=order.paid", cancellationToken: TestContext.Current.CancellationToken);
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);
        await live.ShouldSayAsync("streams-note", "^2$");
        await Expect(live.ConnectionRows).ToHaveCountAsync(0);

        await live.PressAsync("o");
        await Expect(live.ConnectionRows).ToHaveCountAsync(2);
        var row = Row(live, "orders/*");
        await Expect(Cell(row, 0)).ToHaveTextAsync("orders/*");
        await Expect(Cell(row, 0)).ToHaveAttributeAsync("title", "orders/*, of the type order.paid, at /events");
        await Expect(Cell(row, 1)).ToHaveTextAsync("live");
        await Expect(Cell(row, 2)).ToHaveTextAsync(Pattern(@"^\d+ s$"));
        await Expect(Cell(row, 3)).ToHaveTextAsync("0 B");
        await Expect(Cell(row, 4)).ToHaveTextAsync("127.0.0.1");
        await Expect(Cell(row, 5)).ToHaveTextAsync("–");

        await hub.PublishAsync("orders/1", "one", "order.paid");
        await Expect(Cell(row, 3)).ToHaveTextAsync(Pattern(@"^\d\d B$"));
        await Expect(Cell(row, 3)).ToHaveAttributeAsync("title", "1 event");
        var id = (await stream.ReadEventAsync(TestContext.Current.CancellationToken))!.Id!;
        await Expect(Cell(row, 6)).ToHaveTextAsync(id);

        stream.Dispose();
        await Expect(live.ConnectionRows).ToHaveCountAsync(1);
        await live.ShouldSayAsync("streams-count", "^1 connection$");
        live.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task AConnectionIsClosedWithTheKeyboardAlone_AndTheListHoldsStillMeanwhile()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);
        using var first = await RawStream.ConnectAsync(hub.Port, "/events?topic=a", cancellationToken: TestContext.Current.CancellationToken);
        using var second = await RawStream.ConnectAsync(hub.Port, "/events?topic=b", cancellationToken: TestContext.Current.CancellationToken);
        await live.PressAsync("o");
        await Expect(live.ConnectionRows).ToHaveCountAsync(3);

        // The oldest first: this page, then the two.
        await live.PressAsync("Tab", "ArrowDown", "ArrowDown", "ArrowUp");
        (await live.Page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-label')")).ShouldBe("Close the connection of 127.0.0.1 to a");
        await live.PressAsync("Enter");

        await live.ShouldSayAsync("announcer", "^Closed. The client comes back by itself.$");
        while (await first.ReadBlockAsync(TestContext.Current.CancellationToken) is not null)
        {
            // What it was sent before.
        }

        first.HasEnded.ShouldBeTrue();
        await Expect(Cell(Row(live, "a"), 1)).ToHaveTextAsync("ended");
        (await live.Page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-label')")).ShouldBe("Close the connection of 127.0.0.1 to a");

        await live.PressAsync("End", "Shift+Tab");
        await Expect(live.ConnectionRows).ToHaveCountAsync(2);
        await hub.PublishAsync("b", "still open");
        (await second.ReadEventAsync(TestContext.Current.CancellationToken))!.Data.ShouldBe("still open");
        live.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task ThePageClosesItsOwnConnection_AndComesBackWithoutAGap()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);
        await hub.PublishAsync("a", "before");
        await Expect(live.EventRows).ToHaveCountAsync(1);
        await live.PressAsync("o");

        await live.ConnectionRows.Locator("button").ClickAsync();
        await live.ShouldSayAsync("announcer", ".+");
        await hub.PublishAsync("a", "after");

        await live.ShouldSayAsync("reconnects", "^1$");
        await Expect(live.EventRows).ToHaveCountAsync(2);
        await Expect(live.GapRows).ToHaveCountAsync(0);
        live.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task WhatCannotBeClosed_IsSaid()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);
        await live.PressAsync("o");
        await Expect(live.ConnectionRows).ToHaveCountAsync(1);
        await live.Page.RouteAsync("**/live/connections/*/close", route => route.FulfillAsync(new()
        {
            Status = 404,
            ContentType = "application/problem+json",
            Body = """{"detail":"It has ended already."}""",
        }));

        await live.ConnectionRows.Locator("button").ClickAsync();

        await live.ShouldSayAsync("announcer", "^Not closed. It has ended already.$");
    }

    private static ILocator Row(OpenLivePage live, string topics) => live.ConnectionRows.Filter(new() { Has = live.Page.Locator($"th:text-is('{topics}')") });

    private static ILocator Cell(ILocator row, int column) => row.Locator("th, td").Nth(column);

    private static Regex Pattern(string pattern) => new(pattern, RegexOptions.None, TimeSpan.FromSeconds(1));
}
