using System.Globalization;
using System.Reflection;
using Curlew.Redis.Tests.Hubs;
using Curlew.Redis.Tests.Servers;
using Microsoft.Extensions.Hosting;

namespace Curlew.Redis.Tests.Consumers;

/// <summary>What the page on stream consumers shows, run.</summary>
public sealed class DocumentedConsumerTests(PlainRedis redis)
{
    [Fact]
    public async Task AWorker_ProcessesAStream()
    {
        var builder = Host.CreateApplicationBuilder();
        var configuration = $"127.0.0.1:{redis.Port}";

        builder.Services.AddCurlewCore()
            .AddRedis(redis =>
            {
                redis.Configuration = configuration;
                redis.PublishOnly = true;
            })
            .AddStreamConsumer<BillOrders>("shop:orders", "billing", consumer => consumer.MaxAttempts = 3);

        using var host = builder.Build();
        await host.StartAsync(Deadline.Token);
        await using var server = await Node.StartAsync(redis.Port, "curlew");
        var client = await server.SubscribeAsync(filter: "orders/42");
        var command = (await File.ReadAllLinesAsync(Repository.PathOf("docs/consumers.md"), TestContext.Current.CancellationToken)).Single(static line => line.StartsWith("redis-cli ", StringComparison.Ordinal));

        await redis.CliAsync([.. command.Split(' ').Skip(1).Select(static word => word.Trim('\''))]);

        await client.HearsAsync("billed");
        await host.StopAsync(Deadline.Token);
    }

    [Fact]
    public async Task Options_AreDocumentedWithTheirDefaults()
    {
        var page = await File.ReadAllTextAsync(Repository.PathOf("docs/consumers.md"), TestContext.Current.CancellationToken);
        var options = new StreamConsumerOptions();

        foreach (var property in typeof(StreamConsumerOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var value = property.GetValue(options) is { } known ? $"`{Convert.ToString(known, CultureInfo.InvariantCulture)}`" : "none";
            page.ShouldContain($"| `{property.Name}` | {value} |");
        }
    }
}

public sealed class BillOrders(IEventPublisher events) : IStreamConsumer
{
    public async ValueTask HandleAsync(StreamEntry entry, CancellationToken cancellationToken)
    {
        var order = entry["order"] ?? throw new FormatException("The entry names no order.");
        await events.PublishAsync($"orders/{order}", "billed", key: $"billed/{entry.Id}", cancellationToken: cancellationToken);
    }
}
