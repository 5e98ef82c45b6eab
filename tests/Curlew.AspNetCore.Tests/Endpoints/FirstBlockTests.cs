using System.Net;

namespace Curlew.AspNetCore.Tests.Endpoints;

public sealed class FirstBlockTests
{
    [Fact]
    public Task The_first_block_comes_at_once_with_a_retry_and_the_joining_position() => new StreamApp().RunAsync(async app =>
    {
        var before = await app.Publisher.PublishAsync("other", "x");
        await app.RoutedAsync();

        using var stream = await app.SendAsync("/events/news");

        var first = await stream.BlockAsync();
        first.Retry.ShouldNotBeNull();
        first.Id.ShouldBe(before.ToString());
        first.IsEvent.ShouldBeFalse();
        first.Comment.ShouldBeNull();
    });

    [Fact]
    public Task Retries_vary_by_a_third_either_way() => new StreamApp { Options = static options => options.ReconnectDelay = TimeSpan.FromSeconds(3) }.RunAsync(
        static async app =>
        {
            var retries = new List<int>();
            for (var i = 0; i < 40; i++)
            {
                using var stream = await app.SendAsync("/events/news");
                retries.Add((await stream.BlockAsync()).Retry!.Value);
            }

            retries.ShouldAllBe(static retry => retry >= 2000 && retry <= 4000);
            (retries.Max() - retries.Min()).ShouldBeGreaterThan(500);
        });

    [Fact]
    public Task The_head_is_that_of_an_event_stream_which_nothing_may_hold_up() => new StreamApp().RunAsync(static async app =>
    {
        using var stream = await app.SendAsync("/events/news");

        stream.Status.ShouldBe(200);
        var headers = stream.Headers.Where(static header => header.Key is not "Date" and not "Server").ToDictionary(StringComparer.OrdinalIgnoreCase);
        headers.ShouldBe(
            new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
            {
                ["Content-Type"] = "text/event-stream",
                ["Cache-Control"] = "no-store, no-transform",
                ["X-Accel-Buffering"] = "no",
                ["X-Content-Type-Options"] = "nosniff",
                ["Transfer-Encoding"] = "chunked",
            },
            ignoreOrder: true);
    });

    [Fact]
    public Task Over_HTTP2_a_stream_is_the_same() => new StreamApp().RunAsync(static async app =>
    {
        using var client = app.CreateClient(version: 2);
        using var response = await client.GetAsync("/events/news", HttpCompletionOption.ResponseHeadersRead, Deadline.Token);
        response.Version.ShouldBe(HttpVersion.Version20);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream");
        response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        response.Headers.GetValues("X-Accel-Buffering").ShouldBe(["no"]);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Deadline.Token));
        (await reader.ReadLineAsync(Deadline.Token)).ShouldStartWith("retry: ");
        (await reader.ReadLineAsync(Deadline.Token)).ShouldStartWith("id: ");
        (await reader.ReadLineAsync(Deadline.Token)).ShouldBe("");

        var id = await app.Publisher.PublishAsync("news", "hello\nworld", type: "greeting");

        (await reader.ReadLineAsync(Deadline.Token)).ShouldBe($"id: {id}");
        (await reader.ReadLineAsync(Deadline.Token)).ShouldBe("event: greeting");
        (await reader.ReadLineAsync(Deadline.Token)).ShouldBe("data: hello");
        (await reader.ReadLineAsync(Deadline.Token)).ShouldBe("data: world");
        (await reader.ReadLineAsync(Deadline.Token)).ShouldBe("");
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task HEAD_ends_with_the_head_of_a_stream(int version) => new StreamApp().RunAsync(async app =>
    {
        using var client = app.CreateClient(version);
        using var request = new HttpRequestMessage(HttpMethod.Head, "/events/news")
        {
            Version = client.DefaultRequestVersion,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request, Deadline.Token);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream");
        (await response.Content.ReadAsStringAsync(Deadline.Token)).ShouldBeEmpty();
        await app.ShouldHoldNothingAsync();
    });

    [Fact]
    public Task HEAD_is_refused_as_GET_is() => new StreamApp().RunAsync(static async app =>
    {
        using var answer = await app.SendAsync("/events/*", new RawStreamOptions { Method = "HEAD" });
        answer.Status.ShouldBe(400);
    });

    [Fact]
    public Task A_hub_without_history_sends_no_ids() => new StreamApp { HubOptions = static hub => hub.History = false }.RunAsync(static async app =>
    {
        using var stream = await app.SendAsync("/events/news");
        (await stream.BlockAsync()).Id.ShouldBeNull();

        await app.Publisher.PublishAsync("news", "hello");

        var block = await stream.EventAsync();
        block.Data.ShouldBe("hello");
        block.Id.ShouldBeNull();
    });

    [Theory]
    [InlineData("/events/news?lastEventId=1-0", "lastEventId")]
    [InlineData("/events/news?lastEventId=earliest", "lastEventId")]
    [InlineData("/events/news?since=2026-01-01T00:00:00Z", "since")]
    [InlineData("/events/news?last=3", "last")]
    [InlineData("/events/news", "Last-Event-ID")]
    public Task A_hub_without_history_refuses_to_resume(string target, string field) => new StreamApp { HubOptions = static hub => hub.History = false }.RunAsync(
        async app =>
        {
            using var answer = field == "Last-Event-ID" ? await app.SendAsync(target, (field, "1-0")) : await app.SendAsync(target);
            await answer.ShouldBeRefusedAsync(400, field);
        });
}
