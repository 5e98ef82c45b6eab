using Microsoft.AspNetCore.Hosting;

namespace Curlew.Samples.Tests;

/// <summary>The publisher's calls that the manual shows.</summary>
public sealed class PublishingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_publish_to_whom_they_say()
    {
        await using var app = await StartAsync();
        var port = new Uri(app.Urls.Single()).Port;
        using var orders = await RawStream.ConnectAsync(port, "/topics/orders/42", cancellationToken: Cancel);
        using var both = await RawStream.ConnectAsync(port, "/orders-and-customers", cancellationToken: Cancel);
        using var seven = await RawStream.ConnectAsync(port, "/me?user=7", cancellationToken: Cancel);
        using var eight = await RawStream.ConnectAsync(port, "/me?user=8", cancellationToken: Cancel);
        using var audit = await RawStream.ConnectAsync(port, "/topics/audit", cancellationToken: Cancel);
        var events = app.Services.GetRequiredService<IEventPublisher>();

        var id = await PublishingExamples.PublishAsync(events, new("42"), new("hello"), record: "written down");

        (await orders.ReadEventAsync(Cancel))!.Id.ShouldBe(id.ToString());
        (await TypesAsync(orders, 2)).ShouldBe(["paid", "Order"]);
        (await TypesAsync(both, 3)).ShouldBe(["Order", "paid", "Order"]);
        (await TypesAsync(seven, 3)).ShouldBe(["Notice", "Notice", "Notice"]);
        (await TypesAsync(eight, 2)).ShouldBe(["Notice", "Notice"]);
        (await audit.ReadEventAsync(Cancel))!.Data.ShouldBe("written down");
    }

    [Fact]
    public async Task A_repeat_with_the_same_key_appends_nothing()
    {
        await using var app = await StartAsync();
        using var orders = await RawStream.ConnectAsync(new Uri(app.Urls.Single()).Port, "/topics/orders/42", cancellationToken: Cancel);
        var events = app.Services.GetRequiredService<IEventPublisher>();

        var (first, again) = await PublishingExamples.PublishTwiceAsync(events, new("42"));
        await events.PublishAsync("orders/42", "the next one", cancellationToken: Cancel);

        again.ShouldBe(first);
        (await TypesAsync(orders, 2)).ShouldBe(["Order", "message"]);
    }

    private static async Task<List<string>> TypesAsync(RawStream stream, int count)
    {
        List<string> types = [];
        while (types.Count < count)
            types.Add((await stream.ReadEventAsync(Cancel))!.EffectiveType);
        return types;
    }

    private static async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddCurlew(streams => streams.UserId = static http => http.Request.Query["user"]);
        var app = builder.Build();
        app.MapEventStream("/topics/{**topic}", "{*topic}");
        app.MapEventStream("/orders-and-customers", stream => stream.Topic("orders/42").Topic("customers/7"));
        app.MapEventStream("/me", stream => stream.User().Broadcast());
        await app.StartAsync(Cancel);
        return app;
    }
}
