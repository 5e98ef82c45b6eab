namespace Curlew.Hub.EndToEndTests.Streams;

/// <summary>What is refused at <c>GET /events</c>, and how it is told.</summary>
public sealed class BadSubscribeTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    private readonly HubUnderTest _hub = fixture.Hub;

    public static TheoryData<string, string> BadQueries { get; } = new()
    {
        { "", "topic" },
        { "topic", "topic" },
        { "topic=", "topic" },
        { "topic=a&topic=", "topic" },
        { "topic=/a", "topic" },
        { "topic=a/", "topic" },
        { "topic=a//b", "topic" },
        { "topic=a%2F%2Fb", "topic" },
        { "topic=a*", "topic" },
        { "topic=***", "topic" },
        { "topic=/orders/**/events", "topic" },
        { "topic=orders/**/events", "topic" },
        { "topic=a%0Ab", "topic" },
        { "topic=a%0Db", "topic" },
        { "topic=a%00", "topic" },
        { "topic=a%7F", "topic" },
        { "topic=$user/1", "topic" },
        { "topic=%24user/1", "topic" },
        { "topic=%24user/*", "topic" },
        { "topic=$broadcast", "topic" },
        { "topic=$**", "topic" },
        { "topic=a&topic=%24broadcast", "topic" },
        { $"topic={new string('a', 257)}", "topic" },
        { $"topic={string.Join('/', Enumerable.Repeat("a", 33))}", "topic" },
        { string.Join('&', Enumerable.Range(0, 101).Select(static n => $"topic=a/{n}")), "topic" },
        { "topic=a&type=", "type" },
        { "topic=a&type=x%0Ay", "type" },
        { "topic=a&type=x%00", "type" },
        { $"topic=a&type={new string('t', 257)}", "type" },
        { "topic=a&" + string.Join('&', Enumerable.Range(0, 101).Select(static n => $"type={n}")), "type" },
        { "topic=a&category=orders", "category" },
        { "topic=a&since=yesterday", "since" },
        { "topic=a&since=-1", "since" },
        { "topic=a&last=-1", "last" },
        { "topic=a&last=ten", "last" },
        { "topic=a&last=1000001", "last" },
    };

    [Theory]
    [MemberData(nameof(BadQueries))]
    public async Task Query_AtFault_IsRefusedByField(string query, string field)
    {
        using var stream = await _hub.AskAsync(query);

        (await stream.AnswerAsync()).ShouldBeRefused(400, field);
        _hub.Complaints.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("1-")]
    [InlineData("-1")]
    [InlineData("1-0-0")]
    [InlineData("99999999999999999999-0")]
    [InlineData("0x1-0")]
    [InlineData("１-0")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public async Task LastEventId_ThatIsNone_IsAToldGap(string id)
    {
        using var byHeader = await _hub.SubscribeAsync("topic=bad/id", id);
        using var byQuery = await _hub.SubscribeAsync($"topic=bad/id&lastEventId={Uri.EscapeDataString(id)}");
        await _hub.PublishAsync("bad/id", "live");

        await byHeader.GapAsync("malformed");
        (await byHeader.EventAsync()).Data.ShouldBe("live");
        await byQuery.GapAsync("malformed");
        (await byQuery.EventAsync()).Data.ShouldBe("live");
        _hub.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Unknown_QueryParameters_AreIgnored()
    {
        using var stream = await _hub.SubscribeAsync("topic=a&access_token=x&_=17");
        (await stream.BlockAsync()).Retry.ShouldNotBeNull();
    }
}
