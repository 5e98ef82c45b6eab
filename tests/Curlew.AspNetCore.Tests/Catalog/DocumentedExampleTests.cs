using Microsoft.Extensions.Hosting;

namespace Curlew.AspNetCore.Tests.Catalog;

/// <summary>What docs/event-catalog.md shows, run.</summary>
public sealed class DocumentedExampleTests
{
    [Fact]
    public async Task An_event_is_published_by_its_class()
    {
        var builder = WebApplication.CreateSlimBuilder();

        builder.Services.AddCurlew(curlew => curlew.Events
            .Add<OrderPaid>("order.paid", category: "orders", topics: e => [$"orders/{e.OrderId}"])
            .Add<SessionRevoked>("session.revoked", category: "security", user: e => e.UserId));

        await using var app = builder.Build();
        await PublishAsync(app.Services.GetRequiredService<IEventPublisher>());

        var frame = (await app.Services.GetRequiredService<HubRegistry>().Hub("").Log.ReadAsync(default, 10, Deadline.Token)).Frames.ShouldHaveSingleItem();
        (frame.Type, frame.Topics.Single()).ShouldBe(("order.paid", "orders/42"));
    }

    [Fact]
    public async Task A_worker_names_its_events_through_the_builder()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());

        builder.Services.AddCurlewCore().AddEvents(events => ShopEvents.AddTo(events));

        using var host = builder.Build();
        host.Services.GetRequiredService<EventCatalog>().Events.Count.ShouldBe(3);
        await host.StartAsync(Deadline.Token);
        await host.StopAsync(Deadline.Token);
    }

    [Fact]
    public void The_catalog_has_no_faults() =>
        ShopEvents.AddTo(new EventCatalogBuilder()).Build().ThrowIfFaulty();

    [Fact]
    public void The_catalog_answers_questions()
    {
        var catalog = ShopEvents.AddTo(new EventCatalogBuilder()).Build();

        catalog.Events.Count.ShouldBe(3);
        catalog.Find("order.paid")!.ClrType.ShouldBe(typeof(OrderPaid));
        catalog.Find<OrderPaid>()!.Category.ShouldBe("orders");
        catalog.Categories.Keys.ShouldBe(["orders", "security"]);
        catalog.Categories["orders"].Count.ShouldBe(2);
    }

    [Fact]
    public Task A_hub_that_others_write_to_takes_any_type() => new StreamApp
    {
        Services = static builder =>
        {
            builder.Services.AddCurlew(curlew => ShopEvents.AddTo(curlew.Events))
                .AddHub("imported", hub => hub.AllowUnlistedTypes = true);
        },
        Map = static app => app.MapEventStream("/imported", hub: "imported"),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/imported?type=whatever");
    });

    private static async Task PublishAsync(IEventPublisher events)
    {
        await events.PublishAsync(new OrderPaid("42"));   // type and topics from the catalog
    }

    private sealed record SessionRevoked(string UserId);

    private sealed record OrderPaid(string OrderId);

    private sealed record OrderShipped(string OrderId, IReadOnlyList<string> Buyers, string Warehouse, DateTimeOffset At);

    private sealed record Shipment(string OrderId, DateTimeOffset At);

    private static class ShopEvents
    {
        public static EventCatalogBuilder AddTo(EventCatalogBuilder events) => events
            .Add<OrderPaid>("order.paid", "orders", topics: e => [$"orders/{e.OrderId}"], description: "An order was paid.")
            .Add<OrderShipped, Shipment>("order.shipped", e => new(e.OrderId, e.At), "orders",
                topics: e => [$"orders/{e.OrderId}"], users: e => e.Buyers, occurredAt: e => e.At)
            .Add<SessionRevoked>("session.revoked", "security", user: e => e.UserId);
    }
}
