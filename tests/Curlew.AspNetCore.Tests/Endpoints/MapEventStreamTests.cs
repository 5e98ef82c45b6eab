using System.Security.Claims;
using Microsoft.AspNetCore.Routing;

namespace Curlew.AspNetCore.Tests.Endpoints;

public sealed class MapEventStreamTests
{
    [Fact]
    public Task A_topic_takes_its_values_from_the_route() => Streams(static app => app.MapEventStream("/orders/{id}/events", "orders/{id}")).RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/orders/42/events");
        await app.Publisher.PublishAsync("orders/7", "not mine");
        await app.Publisher.PublishAsync("orders/42", "mine");
        (await stream.EventAsync()).Data.ShouldBe("mine");
    });

    [Fact]
    public Task A_topic_may_take_a_path_where_the_template_says_so() => Streams(static app => app.MapEventStream("/tree/{**path}", "tree/{**path}")).RunAsync(
        static async app =>
        {
            using var stream = await app.OpenAsync("/tree/a/b");
            await app.Publisher.PublishAsync("tree/a", "not mine");
            await app.Publisher.PublishAsync("tree/a/b", "mine");
            (await stream.EventAsync()).Data.ShouldBe("mine");
        });

    [Fact]
    public Task A_path_in_the_route_alone_does_not_add_segments() => Streams(static app => app.MapEventStream("/tree/{**path}", "tree/{path}")).RunAsync(
        static async app =>
        {
            using var answer = await app.SendAsync("/tree/a/b");
            await answer.ShouldBeRefusedAsync(400, "path");
        });

    [Fact]
    public Task The_user_and_the_broadcast_are_added_up() => Streams(
        static app => app.MapEventStream("/me/events", stream => stream.User().Broadcast()).RequireAuthorization(), HeaderAuthentication.Add).RunAsync(static async app =>
        {
            using var stream = await app.OpenAsync("/me/events", ("X-User", "7"));
            using var other = await app.OpenAsync("/me/events", ("X-User", "8"));
            await app.Publisher.PublishToUserAsync("7", "to 7");
            await app.Publisher.PublishToUsersAsync(["7", "8"], "to both");
            await app.Publisher.BroadcastAsync("to all");
            (await stream.DataAsync(3)).ShouldBe(["to 7", "to both", "to all"]);
            (await other.DataAsync(2)).ShouldBe(["to both", "to all"]);
        });

    [Fact]
    public Task Topics_may_come_from_the_request() => Streams(
        static app => app.MapEventStream("/team/events", http => [$"teams/{http.User.FindFirstValue("team")}"]).RequireAuthorization(), HeaderAuthentication.Add).RunAsync(
        static async app =>
        {
            using var stream = await app.OpenAsync("/team/events", ("X-User", "7"), ("X-Team", "red"));
            await app.Publisher.PublishAsync("teams/blue", "not mine");
            await app.Publisher.PublishAsync("teams/red", "mine");
            (await stream.EventAsync()).Data.ShouldBe("mine");

            using var wild = await app.SendAsync("/team/events", ("X-User", "8"), ("X-Team", "*"));
            await wild.ShouldBeRefusedAsync(400, "topic");
        });

    [Fact]
    public Task Topics_may_be_computed_asynchronously() => Streams(static app => app.MapEventStream("/slow", async http =>
    {
        await Task.Yield();
        return ["a", "b"];
    })).RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/slow");
        await app.Publisher.PublishAsync("c", "not mine");
        await app.Publisher.PublishAsync(["a", "b"], "both, once");
        await app.Publisher.PublishAsync("b", "b");
        (await stream.DataAsync(2)).ShouldBe(["both, once", "b"]);
    });

    [Fact]
    public Task No_topic_for_the_request_is_forbidden() => Streams(static app => app.MapEventStream("/none", http => [])).RunAsync(static async app =>
    {
        using var answer = await app.SendAsync("/none");
        await answer.ShouldBeRefusedAsync(403, "topic");
    });

    [Fact]
    public Task A_client_may_name_topics_where_it_is_let() => Streams(static app => app.MapEventStream("/events", stream => stream.AllowClientTopics("public/**"))).RunAsync(
        static async app =>
        {
            using var stream = await app.OpenAsync("/events?topic=public/news&topic=public/*/score");
            await app.Publisher.PublishAsync("public/other", "not mine");
            await app.Publisher.PublishAsync("public/news", "news");
            await app.Publisher.PublishAsync("public/tennis/score", "score");
            (await stream.DataAsync(2)).ShouldBe(["news", "score"]);
        });

    [Fact]
    public Task A_hub_by_name_is_taken_whole() => new StreamApp
    {
        Curlew = static curlew => curlew.AddHub("audit", hub => hub.Retention.MaxEvents = 10),
        Map = static app => app.MapEventStream("/audit", hub: "audit"),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/audit");
        await app.Publisher.PublishAsync("a", "default hub");
        await app.Publisher.Hub("audit").PublishAsync("a", "one");
        await app.Provider.GetRequiredKeyedService<IEventPublisher>("audit").PublishAsync("b/c", "two");
        (await stream.DataAsync(2)).ShouldBe(["one", "two"]);
    });

    [Fact]
    public Task A_hub_and_a_topic_may_be_named_together() => new StreamApp
    {
        Curlew = static curlew => curlew.AddHub("audit"),
        Map = static app => app.MapEventStream("/audit/{who}", "by/{who}", hub: "audit"),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/audit/me");
        await app.Publisher.Hub("audit").PublishAsync("by/you", "not mine");
        await app.Publisher.Hub("audit").PublishAsync("by/me", "mine");
        (await stream.EventAsync()).Data.ShouldBe("mine");
    });

    [Fact]
    public Task An_enveloped_stream_wraps_types_and_gaps() => Streams(static app => app.MapEventStream("/raw", stream => stream.Topic("a").Topic("b").Enveloped())).RunAsync(
        static async app =>
        {
            using var stream = await app.OpenAsync("/raw", ("Last-Event-ID", "nonsense"));
            (await stream.EventAsync()).Data.ShouldBe("""{"topics":[],"type":"gap","data":"{\u0022reason\u0022:\u0022malformed\u0022,\u0022lastEventId\u0022:\u0022nonsense\u0022,\u0022oldest\u0022:null}"}""");
            var id = await app.Publisher.PublishAsync(["a", "b"], "x\ny", type: "t", occurredAt: new DateTimeOffset(2026, 1, 31, 14, 0, 0, TimeSpan.FromHours(2)));
            var block = await stream.EventAsync();
            block.Type.ShouldBeNull();
            block.Id.ShouldBe(id.ToString());
            block.Data.ShouldBe("""{"topics":["a","b"],"type":"t","time":"2026-01-31T12:00:00Z","data":"x\ny"}""");
        });

    [Fact]
    public Task In_a_group_a_topic_may_use_the_groups_route_values() => Streams(
        static app => app.MapGroup("/tenants/{tenant}").MapEventStream("/orders/{id}", "{tenant}/orders/{id}")).RunAsync(static async app =>
        {
            using var stream = await app.OpenAsync("/tenants/acme/orders/1");
            await app.Publisher.PublishAsync("other/orders/1", "not mine");
            await app.Publisher.PublishAsync("acme/orders/1", "mine");
            (await stream.EventAsync()).Data.ShouldBe("mine");
        });

    [Theory]
    [InlineData("orders/{order}", "has no parameter 'order'")]
    [InlineData("orders/{id", "a '{' without a '}'")]
    [InlineData("orders/id}", "a '}' without a '{'")]
    [InlineData("orders/{*id}/x", "must be its last part")]
    [InlineData("orders/*", "cannot hold '*'")]
    [InlineData("orders//{id}", "empty segment")]
    [InlineData("$user/{id}", "begin with '$'")]
    [InlineData("", "empty")]
    public Task A_topic_that_the_route_cannot_give_is_an_error_where_it_is_mapped(string topic, string fault) => Streams(app =>
        Should.Throw<ArgumentException>(() => app.MapEventStream("/orders/{id}/events", topic)).Message.ShouldContain(fault)).RunAsync(static _ => Task.CompletedTask);

    [Fact]
    public Task In_a_group_a_topic_that_the_route_cannot_give_is_an_error_when_endpoints_are_built() => Streams(static _ => { }).RunAsync(static app =>
    {
        var routes = new Routes(app.Provider);
        routes.MapGroup("/tenants/{tenant}").MapEventStream("/{id}", "{other}/{id}");
        Should.Throw<ArgumentException>(() => routes.DataSources.Single().Endpoints).Message.ShouldContain("has no parameter 'other'");
        return Task.CompletedTask;
    });

    [Fact]
    public Task A_stream_of_nothing_is_an_error_where_it_is_mapped() => Streams(static app =>
    {
        Should.Throw<ArgumentException>(() => app.MapEventStream("/a")).Message.ShouldContain("Name a topic");
        Should.Throw<ArgumentException>(() => app.MapEventStream("/a", stream => stream.Hub(""))).Message.ShouldContain("names no topic");
        Should.Throw<ArgumentException>(() => app.MapEventStream("/a", stream => stream.AllowClientTopics()));
        Should.Throw<FormatException>(() => app.MapEventStream("/a", stream => stream.AllowClientTopics("a/**/b")));
        Should.Throw<FormatException>(() => app.MapEventStream("/a", stream => stream.Pattern("$user/*")));
        Should.Throw<ArgumentException>(() => app.MapEventStream("/a", hub: "nowhere")).Message.ShouldContain("no hub 'nowhere'");
    }).RunAsync(static _ => Task.CompletedTask);

    [Fact]
    public void Without_AddCurlew_the_error_says_what_is_missing()
    {
        using var services = new ServiceCollection().BuildServiceProvider();
        var routes = new Routes(services);
        Should.Throw<InvalidOperationException>(() => routes.MapEventStream("/a", "a")).Message.ShouldContain("AddCurlew()");
    }

    private static StreamApp Streams(Action<WebApplication> map, Action<WebApplicationBuilder>? services = null) =>
        new() { Map = map, Services = services ?? (static _ => { }) };

    private sealed class Routes(IServiceProvider services) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => services;

        public ICollection<EndpointDataSource> DataSources { get; } = [];

        public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(services);
    }
}
