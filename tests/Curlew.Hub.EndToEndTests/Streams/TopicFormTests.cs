namespace Curlew.Hub.EndToEndTests.Streams;

/// <summary>What a client writes names the topic that it says, and no other: nothing is folded, and nothing is unescaped twice.</summary>
public sealed class TopicFormTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    private static int s_tenants;

    private readonly HubUnderTest _hub = fixture.Hub;
    private readonly string _tenant = $"tenant{Interlocked.Increment(ref s_tenants)}";

    [Theory]
    [InlineData("orders/42")]
    [InlineData("orders%2F42")]
    [InlineData("orders%2f42")]
    [InlineData("%6Frders/42")]
    public async Task Topic_EscapedOnce_IsTheTopic(string form)
    {
        using var stream = await _hub.SubscribeAsync($"topic={_tenant}/{form}");
        await _hub.PublishAsync($"{_tenant}/orders/42", "mine");
        (await stream.EventAsync()).Data.ShouldBe("mine");
    }

    [Theory]
    [InlineData("orders%252F42", "orders%2F42")]
    [InlineData("orders%C0%AF42", "orders%C0%AF42")]
    [InlineData("orders%5C42", "orders\\42")]
    [InlineData("Orders/42", "Orders/42")]
    [InlineData("orders/42%20", "orders/42 ")]
    [InlineData("orders/%C4%B142", "orders/ı42")]
    [InlineData("orders/%EF%BC%94%EF%BC%92", "orders/４２")]
    [InlineData("orders/42%E2%80%8B", "orders/42\u200B")]
    [InlineData("orders%E2%88%9542", "orders∕42")]
    [InlineData("orders/../orders/42", "orders/../orders/42")]
    [InlineData("orders/./42", "orders/./42")]
    [InlineData("orders/42%3Ftopic=x", "orders/42?topic=x")]
    [InlineData("orders/42;x", "orders/42;x")]
    [InlineData("orders/4%E2%82%82", "orders/4₂")]
    public async Task Topic_ThatLooksLikeAnother_IsItself(string form, string topic)
    {
        using var live = await _hub.SubscribeAsync($"topic={_tenant}/{form}");
        await _hub.PublishAsync($"{_tenant}/orders/42", "another's");
        await _hub.PublishAsync($"{_tenant}/{topic}", "mine");
        using var replayed = await _hub.SubscribeAsync($"topic={_tenant}/{form}&lastEventId=earliest");

        (await live.EventAsync()).Data.ShouldBe("mine");
        (await replayed.EventAsync()).Data.ShouldBe("mine");
    }

    [Fact]
    public async Task Topic_ComposedOtherwise_IsAnother()
    {
        using var stream = await _hub.SubscribeAsync($"topic={_tenant}/caf%C3%A9");
        await _hub.PublishAsync($"{_tenant}/cafe\u0301", "decomposed");
        await _hub.PublishAsync($"{_tenant}/café", "composed");
        (await stream.EventAsync()).Data.ShouldBe("composed");
    }

    [Theory]
    [InlineData("orders/*", new[] { "orders/1", "orders/2" })]
    [InlineData("orders/%2A", new[] { "orders/1", "orders/2" })]
    [InlineData("orders/**", new[] { "orders/1", "orders/2", "orders/2/items/7" })]
    [InlineData("*/1", new[] { "orders/1" })]
    [InlineData("orders/*/items/*", new[] { "orders/2/items/7" })]
    [InlineData("**", new[] { "orders", "orders/1", "orders/2", "orders/2/items/7", "ordersx/1x" })]
    public async Task Pattern_MatchesWhatItSays_LiveAndReplayed(string pattern, string[] matched)
    {
        using var live = await _hub.SubscribeAsync($"topic={_tenant}/{pattern}&topic={_tenant}/end");
        foreach (var topic in new[] { "orders", "orders/1", "orders/2", "orders/2/items/7", "ordersx/1x" })
            await _hub.PublishAsync($"{_tenant}/{topic}", topic);
        await _hub.PublishAsync($"{_tenant}/end", "end");
        using var replayed = await _hub.SubscribeAsync($"topic={_tenant}/{pattern}&topic={_tenant}/end&lastEventId=earliest");

        (await live.DataAsync(matched.Length + 1)).ShouldBe([.. matched, "end"]);
        (await replayed.DataAsync(matched.Length + 1)).ShouldBe([.. matched, "end"]);
    }

    [Fact]
    public async Task Type_NarrowsTheStream()
    {
        using var stream = await _hub.SubscribeAsync($"topic={_tenant}&type=paid&type=message");
        await _hub.PublishAsync(_tenant, "1", "shipped");
        await _hub.PublishAsync(_tenant, "2", "paid");
        await _hub.PublishAsync(_tenant, "3");
        (await stream.EventAsync()).Data.ShouldBe("2");
        (await stream.EventAsync()).Data.ShouldBe("3");
    }

    [Fact]
    public async Task Start_WhereSeveralAreGiven_IsTheMostExact()
    {
        var ids = new List<string>();
        for (var number = 0; number < 5; number++)
            ids.Add(await _hub.PublishAsync(_tenant, $"{number}"));
        using var last = await _hub.SubscribeAsync($"topic={_tenant}&last=2");
        using var since = await _hub.SubscribeAsync($"topic={_tenant}&since=2100-01-01&last=1");
        using var query = await _hub.SubscribeAsync($"topic={_tenant}&lastEventId={ids[0]}&since=2100-01-01&last=1");
        using var header = await _hub.SubscribeAsync($"topic={_tenant}&lastEventId={ids[0]}", ids[3]);
        using var emptyHeader = await _hub.SubscribeAsync($"topic={_tenant}&lastEventId={ids[1]}", "");
        await _hub.PublishAsync(_tenant, "live");

        (await last.DataAsync(3)).ShouldBe(["3", "4", "live"]);
        (await since.DataAsync(1)).ShouldBe(["live"]);
        (await query.DataAsync(5)).ShouldBe(["1", "2", "3", "4", "live"]);
        (await header.DataAsync(2)).ShouldBe(["4", "live"]);
        (await emptyHeader.DataAsync(4)).ShouldBe(["2", "3", "4", "live"]);
    }
}
