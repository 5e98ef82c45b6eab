using System.Net.Http.Headers;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;

namespace Curlew.Client.Tests;

/// <summary>What the manual shows, run.</summary>
public sealed partial class ClientExamples
{
    private const string Events = "retry: 0\nid: 1\nevent: paid\ndata: {\"Id\":\"42\"}\n\n";

    [Fact]
    public async Task Reading()
    {
        await using var server = new ScriptedServer(ScriptedServer.Stream(Events), ScriptedServer.Answer("204 Done"));
        var (url, cancel, Console) = (server.Url.ToString(), Deadline.Token, new StringWriter());

        await using var source = new EventSource(url);
        await foreach (SseItem<string> e in source.ReadAllAsync(cancel))
            Console.WriteLine($"{e.EventId} {e.EventType} {e.Data}");

        Console.ToString().Trim().ShouldBe("1 paid {\"Id\":\"42\"}");
    }

    [Fact]
    public async Task TypedReading()
    {
        await using var server = new ScriptedServer(ScriptedServer.Stream(Events), ScriptedServer.Answer("204 Done"));
        await using var source = new EventSource(server.Url);
        var (cancel, paid) = (Deadline.Token, new List<Order>());
        void Handle(Order order) => paid.Add(order);

        await foreach (var e in source.ReadAllAsync(ShopJson.Default.Order, cancel))
            Handle(e.Data);

        paid.ShouldBe([new Order("42")]);
    }

    [Fact]
    public async Task Messages()
    {
        await using var server = new ScriptedServer(
            ScriptedServer.Stream(Events + "id: 9\nevent: gap\ndata: {\"reason\":\"trimmed\"}\n\n"),
            ScriptedServer.Answer("204 Done"));
        await using var source = new EventSource(server.Url);
        var (cancel, told) = (Deadline.Token, new List<string>());
        void Handle(Order order) => told.Add(order.Id);
        Task ReloadAsync(EventStreamGap gap)
        {
            told.Add(gap.Reason);
            return Task.CompletedTask;
        }

        await foreach (var message in source.ReadMessagesAsync(ShopJson.Default.Order, cancel))
        {
            if (message.Kind == EventSourceMessageKind.Event)
                Handle(message.Item.Data);
            else if (message.Kind == EventSourceMessageKind.Gap)
                await ReloadAsync(message.Gap!);
        }

        told.ShouldBe(["42", "trimmed"]);
    }

    [Fact]
    public async Task Options()
    {
        await using var server = new ScriptedServer(ScriptedServer.Stream(Events), ScriptedServer.Answer("204 Done"));
        var (url, tokens) = (server.Url.ToString(), new Tokens());

        var options = new EventSourceOptions
        {
            Headers = { ["X-Tenant"] = "seven" },
            IdleTimeout = TimeSpan.FromSeconds(45),
            RetryPolicy = failure => failure.Attempt < 10 ? failure.DefaultDelay : null,
            PrepareRequest = async (request, cancel) =>
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await tokens.GetAsync(cancel)),
        };
        await using var source = new EventSource(url, options);
        source.StateChanged += (_, change) => Console.Error.WriteLine($"{change.State} {change.Failure?.Error?.Message}");

        await source.DataAsync();

        server.Requests.Select(static request => (request["X-Tenant"], request["Authorization"])).ShouldBe([("seven", "Bearer fresh"), ("seven", "Bearer fresh")]);
    }

    [Fact]
    public async Task Worker()
    {
        await using var server = new ScriptedServer(ScriptedServer.Stream(Events), ScriptedServer.Answer("204 Done"));
        var directory = Directory.CreateTempSubdirectory("curlew-client-").FullName;
        var (url, recording) = (server.Url.ToString(), new Recording());
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton(recording);

        builder.Services.AddEventSource("orders", url)
            .AddEventHandler<OrderHandler, Order>(ShopJson.Default.Order)
            .KeepLastEventIdIn(directory);

        using var host = builder.Build();
        await host.StartAsync(Deadline.Token);
        await Eventually.UntilAsync(() => File.Exists(Path.Combine(directory, "orders.id")));
        await host.StopAsync(Deadline.Token);
        recording.Handled.ShouldBe(["42"]);
        Directory.Delete(directory, recursive: true);
    }

    internal sealed record Order(string Id);

    [JsonSerializable(typeof(Order))]
    internal sealed partial class ShopJson : JsonSerializerContext;

    internal sealed class OrderHandler(Recording shop) : IEventHandler<Order>
    {
        public ValueTask HandleAsync(SseItem<Order> item, CancellationToken cancel)
        {
            shop.Handled.Enqueue(item.Data.Id);
            return ValueTask.CompletedTask;
        }

        public ValueTask HandleGapAsync(EventStreamGap gap, CancellationToken cancel)
        {
            shop.Handled.Clear();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Tokens
    {
        public ValueTask<string> GetAsync(CancellationToken cancel) => cancel.IsCancellationRequested ? default : new("fresh");
    }
}
