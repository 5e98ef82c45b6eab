namespace Curlew.AspNetCore.Tests.Endpoints;

/// <summary>No value from outside opens a topic that its stream was not mapped for.</summary>
public sealed class TopicSafetyTests
{
    // What an attacker would like to read, whichever stream he opens.
    private static readonly string[] OthersTopics =
        ["orders", "orders/42", "orders/a", "orders/a/b", "orders/A", "orders/\u00E9", "events", "secret", "public", "public/a", "public/a/b"];

    [Theory]
    [InlineData("/orders/**/events")]
    [InlineData("/orders/*/events")]
    [InlineData("/orders/%2A/events")]
    [InlineData("/orders/%2a%2A/events")]
    [InlineData("/orders/4*/events")]
    [InlineData("/orders/a%2Fb/events")]
    [InlineData("/orders/a%2fb/events")]
    [InlineData("/orders/a%252Fb/events")]
    [InlineData("/orders/%2F/events")]
    [InlineData("/orders/%0A/events")]
    [InlineData("/orders/42%0D%0Adata:%20x/events")]
    [InlineData("/orders/42%7F/events")]
    [InlineData("/orders/42%C2%85/events")]
    [InlineData("/orders/%1B/events")]
    public Task A_route_value_that_is_no_segment_is_refused(string target) => Orders().RunAsync(async app =>
    {
        using var answer = await app.SendAsync(target);
        await answer.ShouldBeRefusedAsync(400, "id");
        await app.ShouldHoldNothingAsync();
    });

    [Fact]
    public Task An_overlong_route_value_is_refused() => Orders().RunAsync(static async app =>
    {
        using var fits = await app.OpenAsync($"/orders/{new string('x', 256 - "orders/".Length)}/events");
        using var answer = await app.SendAsync($"/orders/{new string('x', 257 - "orders/".Length)}/events");
        await answer.ShouldBeRefusedAsync(400, "id");
    });

    // These do not get as far as the stream: the server, or the routing, refuses.
    [Theory]
    [InlineData("/orders/%00/events", 400)]
    [InlineData("/orders//events", 404)]
    [InlineData("/orders/%2E%2E/events", 404)]
    [InlineData("/orders/../events", 404)]
    [InlineData("/orders/a/b/events", 404)]
    public Task A_path_that_is_no_route_is_refused(string target, int status) => Orders().RunAsync(async app =>
    {
        using var answer = await app.SendAsync(target);
        answer.Status.ShouldBe(status);
    });

    // A topic of its own, whatever it looks like.
    [Theory]
    [InlineData("/orders/%EF%BC%8A/events", "orders/\uFF0A")]
    [InlineData("/orders/a%EF%BC%8Fb/events", "orders/a\uFF0Fb")]
    [InlineData("/orders/a%E2%88%95b/events", "orders/a\u2215b")]
    [InlineData("/orders/%E2%84%AF/events", "orders/\u212F")]
    [InlineData("/orders/e%CC%81/events", "orders/e\u0301")]
    [InlineData("/ORDERS/a%20/EVENTS", "orders/a ")]
    [InlineData("/orders/$user/events", "orders/$user")]
    [InlineData("/orders/%25/events", "orders/%")]
    [InlineData("/orders/+/events", "orders/+")]
    [InlineData("/orders/%23/events", "orders/#")]
    [InlineData("/orders/.../events", "orders/...")]
    [InlineData("/orders/42;x=1/events", "orders/42;x=1")]
    public Task A_look_alike_opens_its_own_topic_only(string target, string topic) => Orders().RunAsync(async app =>
    {
        using var stream = await app.OpenAsync(target);
        await ShouldReadOnlyAsync(app, stream, topic);
    });

    // Bytes that are not UTF-8 stay as they were sent: refused, or a topic of its own.
    [Theory]
    [InlineData("/orders/%FF/events")]
    [InlineData("/orders/a%C0%AFb/events")]
    [InlineData("/orders/%ED%A0%80/events")]
    public Task An_escape_that_is_no_text_opens_nobodys_topic(string target) => Orders().RunAsync(async app =>
    {
        using var answer = await app.SendAsync(target);
        if (answer.Status == 200)
            await ShouldReadOnlyAsync(app, answer, Uri.UnescapeDataString(target["/".Length..^"/events".Length]));
        else
            answer.Status.ShouldBe(400);
    });

    [Theory]
    [InlineData("$broadcast")]
    [InlineData("$user")]
    [InlineData("%24broadcast")]
    [InlineData("*")]
    [InlineData("**")]
    public Task A_whole_topic_from_the_route_cannot_be_the_servers_own_or_a_pattern(string value) => new StreamApp().RunAsync(async app =>
    {
        using var answer = await app.SendAsync($"/events/{value}");
        await answer.ShouldBeRefusedAsync(400, "topic");
    });

    [Theory]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a/*/b")]
    [InlineData("a/**")]
    [InlineData("a%0Ab")]
    public Task A_path_that_is_no_topic_is_refused(string path) => new StreamApp { Map = static app => app.MapEventStream("/tree/{**path}", "tree/{**path}") }.RunAsync(async app =>
    {
        using var answer = await app.SendAsync($"/tree/{path}");
        await answer.ShouldBeRefusedAsync(400, "path");
    });

    [Theory]
    [InlineData("public/a")]
    [InlineData("public/a/b")]
    [InlineData("public/*")]
    [InlineData("public/a/*")]
    [InlineData("public/**")]
    [InlineData("public/a/**")]
    [InlineData("teams/*/news")]
    [InlineData("teams/red/news")]
    [InlineData("rooms/*")]
    public Task A_client_may_name_what_lies_wholly_within_the_allowed(string filter) => ClientTopics().RunAsync(async app =>
    {
        using var stream = await app.OpenAsync($"/events?topic={filter}");
        await ShouldReadOnlyAsync(app, stream, filter.Replace("**", "mine/x", StringComparison.Ordinal).Replace("*", "mine", StringComparison.Ordinal), topic => !TopicFilter.Parse(filter).Matches(topic));
    });

    [Theory]
    [InlineData("**")]
    [InlineData("*")]
    [InlineData("*/a")]
    [InlineData("*/**")]
    [InlineData("public")]
    [InlineData("PUBLIC/a")]
    [InlineData("secret")]
    [InlineData("teams/**")]
    [InlineData("teams/*/*")]
    [InlineData("teams/red")]
    [InlineData("rooms/**")]
    [InlineData("rooms/a/*")]
    [InlineData("publi%D1%81/a")]
    public Task A_client_may_not_name_what_reaches_beyond_the_allowed(string filter) => ClientTopics().RunAsync(async app =>
    {
        using var answer = await app.SendAsync($"/events?topic=public/a&topic={filter}");
        await answer.ShouldBeRefusedAsync(403, "topic");
        await app.ShouldHoldNothingAsync();
    });

    [Theory]
    [InlineData("/events", "topic")]
    [InlineData("/events?topic=", "topic")]
    [InlineData("/events?topic=public/a&topic=", "topic")]
    [InlineData("/events?topic=public/a*", "topic")]
    [InlineData("/events?topic=public/**/a", "topic")]
    [InlineData("/events?topic=public//a", "topic")]
    [InlineData("/events?topic=/public/a", "topic")]
    [InlineData("/events?topic=public/a/", "topic")]
    [InlineData("/events?topic=public/%0A", "topic")]
    [InlineData("/events?topic=$user/7", "topic")]
    [InlineData("/events?topic=$broadcast", "topic")]
    [InlineData("/events?topic=%24broadcast", "topic")]
    [InlineData("/events?topic=public/a&type=", "type")]
    [InlineData("/events?topic=public/a&type=a%0Ab", "type")]
    [InlineData("/events?topic=public/a&type=a%00b", "type")]
    [InlineData("/events?topic=public/a&since=", null)]
    [InlineData("/events?topic=public/a&since=yesterday", "since")]
    [InlineData("/events?topic=public/a&since=12:00", "since")]
    [InlineData("/events?topic=public/a&since=1/2/2026", "since")]
    [InlineData("/events?topic=public/a&since=1769860800", "since")]
    [InlineData("/events?topic=public/a&since=2026-01-31T12:00:00Z&since=2026-01-31T12:00:00Z", "since")]
    [InlineData("/events?topic=public/a&last=-1", "last")]
    [InlineData("/events?topic=public/a&last=1.5", "last")]
    [InlineData("/events?topic=public/a&last=ten", "last")]
    [InlineData("/events?topic=public/a&last=1000001", "last")]
    [InlineData("/events?topic=public/a&last=99999999999", "last")]
    public Task A_malformed_query_is_refused_with_the_field_named(string target, string? field) => ClientTopics().RunAsync(async app =>
    {
        using var answer = await app.SendAsync(target);
        if (field is null)
            answer.Status.ShouldBe(200);
        else
            await answer.ShouldBeRefusedAsync(400, field);
    });

    [Fact]
    public Task A_client_names_as_many_topics_and_types_as_the_options_allow() => ClientTopics(static options => options.MaxTopicsPerSubscription = 3).RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events?topic=public/a&topic=public/b&topic=public/c&type=x&type=y&type=z");
        using var topics = await app.SendAsync("/events?topic=public/a&topic=public/b&topic=public/c&topic=public/c");
        await topics.ShouldBeRefusedAsync(400, "topic");
        using var types = await app.SendAsync("/events?topic=public/a&type=w&type=x&type=y&type=z");
        await types.ShouldBeRefusedAsync(400, "type");
        using var overlong = await app.SendAsync($"/events?topic=public/a&type={new string('x', 257)}");
        await overlong.ShouldBeRefusedAsync(400, "type");
    });

    [Fact]
    public Task Refusals_are_problem_details_also_where_the_application_writes_them() => new StreamApp
    {
        Services = static builder => builder.Services.AddProblemDetails(static problems => problems.CustomizeProblemDetails = static context => context.ProblemDetails.Extensions["node"] = "a"),
    }.RunAsync(static async app =>
    {
        using var accepting = await app.SendAsync("/events/*", ("Accept", "*/*"));
        var problem = await accepting.ShouldBeRefusedAsync(400, "topic");
        ((string?)problem["node"]).ShouldBe("a");
        // What an EventSource accepts is no problem details; they are sent all the same.
        using var eventSource = await app.SendAsync("/events/*", ("Accept", "text/event-stream"));
        await eventSource.ShouldBeRefusedAsync(400, "topic");
    });

    [Theory]
    [InlineData("a/b")]
    [InlineData("*")]
    [InlineData("**")]
    [InlineData("%2F")]
    [InlineData("a%2Fb")]
    [InlineData("$broadcast")]
    [InlineData("..")]
    [InlineData("A")]
    [InlineData("a\u0000b")]
    [InlineData("a\nb")]
    [InlineData("\u00E9 \u4E2D")]
    public Task A_user_gets_what_is_published_to_that_id_and_nothing_else(string user) => Me().RunAsync(async app =>
    {
        using var stream = await app.OpenAsync("/me", ("X-User", Uri.EscapeDataString(user)));
        foreach (var other in (string[])["a", "b", "a/b", "*", "**", "%2F", "/", "a%2Fb", "$broadcast", "..", "A", "%2A", "a%0Ab"])
        {
            if (other != user)
                await app.Publisher.PublishToUserAsync(other, "not mine");
        }

        await app.Publisher.BroadcastAsync("not included");
        foreach (var topic in OthersTopics)
            await app.Publisher.PublishAsync(topic, "not mine");
        await app.Publisher.PublishToUserAsync(user, "mine");
        (await stream.EventAsync()).Data.ShouldBe("mine");
    });

    [Fact]
    public Task An_overlong_user_id_is_refused() => Me().RunAsync(static async app =>
    {
        using var answer = await app.SendAsync("/me", ("X-User", new string('x', 300)));
        await answer.ShouldBeRefusedAsync(400, "user");
    });

    [Fact]
    public Task A_stream_of_everything_does_not_hold_what_is_the_servers_own() => new StreamApp().RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/all?lastEventId=earliest");
        await app.Publisher.PublishToUserAsync("7", "secret");
        await app.Publisher.BroadcastAsync("for those who include it");
        await app.Publisher.PublishAsync("a", "public");
        (await stream.EventAsync()).Data.ShouldBe("public");
        using var replay = await app.OpenAsync("/all?lastEventId=earliest");
        (await replay.EventAsync()).Data.ShouldBe("public");
    });

    private static StreamApp Orders() => new() { Map = static app => app.MapEventStream("/orders/{id}/events", "orders/{id}") };

    private static StreamApp Me() => new() { Services = HeaderAuthentication.Add, Map = static app => app.MapEventStream("/me", stream => stream.User()) };

    private static StreamApp ClientTopics(Action<CurlewOptions>? options = null) => new()
    {
        Options = options ?? (static _ => { }),
        Map = static app => app.MapEventStream("/events", stream => stream.AllowClientTopics("public/**", "teams/*/news", "rooms/*")),
    };

    /// <summary>Asserts, of what is live and of what is replayed, that a stream holds its own topic and none of the others.</summary>
    private static async Task ShouldReadOnlyAsync(StreamApp app, RawStream stream, string own, Func<string, bool>? isForeign = null)
    {
        foreach (var topic in OthersTopics.Where(isForeign ?? (topic => topic != own)))
            await app.Publisher.PublishAsync(topic, "not mine");
        await app.Publisher.PublishToUserAsync("7", "not mine");
        await app.Publisher.BroadcastAsync("not mine");
        await app.Publisher.PublishAsync(own, "mine");
        (await stream.EventAsync()).Data.ShouldBe("mine");
    }
}
