using System.Net;
using System.Text.Json;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Curlew.AspNetCore.Tests.Endpoints;

/// <summary>What an application adds to a stream decides before its first byte, as on any endpoint.</summary>
public sealed class ConventionTests
{
    [Fact]
    public Task Authorization_refuses_before_the_stream() => new StreamApp
    {
        Services = HeaderAuthentication.Add,
        Map = static app => app.MapEventStream("/me", stream => stream.User()).RequireAuthorization(),
    }.RunAsync(static async app =>
    {
        using var answer = await app.SendAsync("/me");
        answer.Status.ShouldBe(401);
        using var stream = await app.OpenAsync("/me", ("X-User", "7"));
        app.Connections.Count.ShouldBe(1);
    });

    [Fact]
    public Task A_stream_of_the_user_without_a_user_is_401() => new StreamApp { Map = static app => app.MapEventStream("/me", stream => stream.User()) }.RunAsync(
        static async app =>
        {
            using var answer = await app.SendAsync("/me");
            await answer.ShouldBeRefusedAsync(401, "user");
        });

    [Fact]
    public Task A_preflight_allows_the_last_event_id() => new StreamApp
    {
        Services = static builder => builder.Services.AddCors(static cors =>
            cors.AddDefaultPolicy(static policy => policy.WithOrigins("https://app.example").AllowEventStreams())),
        Middleware = static app => app.UseCors(),
        Map = static app => app.MapEventStream("/news", "news").RequireCors(),
    }.RunAsync(static async app =>
    {
        var preflight = new RawStreamOptions
        {
            Method = "OPTIONS",
            Headers =
            [
                ("Origin", "https://app.example"),
                ("Access-Control-Request-Method", "GET"),
                ("Access-Control-Request-Headers", "last-event-id,cache-control,authorization"),
            ],
        };
        using var answer = await app.SendAsync("/news", preflight);
        answer.Status.ShouldBe(204);
        answer.Headers["Access-Control-Allow-Origin"].ShouldBe("https://app.example");
        answer.Headers["Access-Control-Allow-Headers"].ShouldBe("Last-Event-ID,Cache-Control,Authorization", StringCompareShould.IgnoreCase);

        using var stream = await app.OpenAsync("/news", ("Origin", "https://app.example"));
        stream.Headers["Access-Control-Allow-Origin"].ShouldBe("https://app.example");
        using var foreign = await app.OpenAsync("/news", ("Origin", "https://evil.example"));
        foreign.Headers.ContainsKey("Access-Control-Allow-Origin").ShouldBeFalse();
    });

    [Fact]
    public Task Rate_limiting_refuses_before_the_stream() => new StreamApp
    {
        Services = static builder => builder.Services.AddRateLimiter(static limiter => limiter.AddPolicy("one", static http =>
            RateLimitPartition.GetFixedWindowLimiter("all", static _ => new() { PermitLimit = 1, Window = TimeSpan.FromDays(1) }))),
        Middleware = static app => app.UseRateLimiter(),
        Map = static app => app.MapEventStream("/news", "news").RequireRateLimiting("one"),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/news");
        using var answer = await app.SendAsync("/news");
        answer.Status.ShouldBe(503);
        app.Connections.Count.ShouldBe(1);
    });

    [Fact]
    public Task A_name_makes_links() => new StreamApp { Map = static app => app.MapEventStream("/orders/{id}/events", "orders/{id}").WithName("order-events") }.RunAsync(
        static app =>
        {
            app.Provider.GetRequiredService<LinkGenerator>().GetPathByName("order-events", new { id = 42 }).ShouldBe("/orders/42/events");
            return Task.CompletedTask;
        });

    [Fact]
    public Task A_filter_decides_before_the_stream() => new StreamApp
    {
        Map = static app => app.MapEventStream("/news", "news").AddEndpointFilter(static async (context, next) =>
            context.HttpContext.Request.Query.ContainsKey("no") ? TypedResults.StatusCode(418) : await next(context)),
    }.RunAsync(static async app =>
    {
        using var refused = await app.SendAsync("/news?no");
        refused.Status.ShouldBe(418);
        using var stream = await app.OpenAsync("/news");
        await app.Publisher.PublishAsync("news", "x");
        (await stream.EventAsync()).Data.ShouldBe("x");
    });

    [Fact]
    public Task Other_methods_are_405() => new StreamApp().RunAsync(static async app =>
    {
        using var client = app.CreateClient();
        using var response = await client.PostAsync("/events/news", null, Deadline.Token);
        response.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    });

    [Fact]
    public Task The_first_example_runs_as_printed() => new StreamApp
    {
        Map = static app =>
        {
            app.MapEventStream("/orders/{id}/events", "orders/{id}");

            app.MapPost("/orders/{id}/pay", static async Task<Accepted> (string id, IEventPublisher events) =>
            {
                await events.PublishAsync($"orders/{id}", new OrderPaid(id));
                return TypedResults.Accepted((string?)null);
            });
        },
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/orders/42/events");
        using var client = app.CreateClient();
        using var response = await client.PostAsync("/orders/42/pay", null, Deadline.Token);
        response.StatusCode.ShouldBe(HttpStatusCode.Accepted);

        var paid = await stream.EventAsync();
        paid.Type.ShouldBe("OrderPaid");
        JsonSerializer.Deserialize<OrderPaid>(paid.Data!, JsonSerializerOptions.Web).ShouldBe(new OrderPaid("42"));

        // The client is cut, misses one, and comes back as a browser does.
        stream.Abort();
        (await client.PostAsync("/orders/42/pay", null, Deadline.Token)).Dispose();
        using var again = await app.OpenAsync("/orders/42/events", ("Last-Event-ID", stream.LastEventId));
        (await again.EventAsync()).Type.ShouldBe("OrderPaid");
    });

    [Fact]
    public Task Payloads_are_serialised_as_the_applications_JSON_is() => new StreamApp
    {
        Services = static builder => builder.Services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseUpper),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events/orders");
        await app.Publisher.PublishAsync("orders", new OrderPaid("42"));
        (await stream.EventAsync()).Data.ShouldBe("""{"ORDER_ID":"42"}""");
    });

    private sealed record OrderPaid(string OrderId);
}
