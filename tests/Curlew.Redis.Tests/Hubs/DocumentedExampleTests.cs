using Curlew.Redis.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>What the page on Redis shows, run.</summary>
public sealed class DocumentedExampleTests(PlainRedis redis)
{
    [Fact]
    public async Task TwoServers_AreOneHub_AndAStreamOfOthersIsServed()
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        using var events = await OpenAsync(other, "/orders/42/events");
        using var logs = await OpenAsync(other, "/v1/logs/stream");

        await one.Services.GetRequiredService<IEventPublisher>().PublishAsync("orders/42", "paid");
        // As the page shows them, each with redis-cli.
        foreach (var line in await CommandsAsync())
            await redis.CliAsync(line);

        (await events.EventAsync()).Data.ShouldBe("paid");
        var shipped = await events.EventAsync();
        (shipped.Type, shipped.Data).ShouldBe(("shipped", """{"order":42}"""));
        var log = await logs.EventAsync();
        (log.Type, log.Data).ShouldBe(("log", """{"message":"hello"}"""));
    }

    [Fact]
    public async Task AWorker_Publishes()
    {
        var builder = Host.CreateApplicationBuilder();
        var configuration = $"127.0.0.1:{redis.Port}";

        builder.Services.AddCurlewCore().AddRedis(redis =>
        {
            redis.Configuration = configuration;
            redis.PublishOnly = true;
        });

        using var host = builder.Build();
        await host.StartAsync(Deadline.Token);
        await host.Services.GetRequiredService<IEventPublisher>().PublishAsync("worker", "done", cancellationToken: Deadline.Token);
        await host.StopAsync(Deadline.Token);
    }

    private async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        var configuration = $"127.0.0.1:{redis.Port}";

        builder.Services.AddCurlew()
            .AddRedis(configuration)
            .AddStream("logs", "siem:logs", type: "log");

        var app = builder.Build();

        app.MapEventStream("/orders/{id}/events", "orders/{id}");
        app.MapEventStream("/v1/logs/stream", hub: "logs");

        await app.StartAsync(Deadline.Token);
        return app;
    }

    private static Task<RawStream> OpenAsync(WebApplication app, string target) =>
        RawStream.ConnectAsync(new Uri(app.Urls.Single()).Port, target, cancellationToken: Deadline.Token);

    private static async Task<List<string[]>> CommandsAsync()
    {
        var page = await File.ReadAllLinesAsync(Repository.PathOf("docs/redis.md"), TestContext.Current.CancellationToken);
        return [.. page.Where(static line => line.StartsWith("redis-cli XADD ", StringComparison.Ordinal)).Select(static line => line["redis-cli ".Length..].Split(' ').Select(static word => word.Trim('\'')).ToArray())];
    }
}
