using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Curlew.Tests.Hubs;

/// <summary>AddCurlewCore and AddHub, and what an application finds after them.</summary>
public sealed class HubRegistrationTests
{
    [Fact]
    public async Task AddHub_AName_IsAKeyedServiceAndTheHubOfThatName()
    {
        await using var services = Build(static builder => builder.AddHub("orders"));
        var byDefault = services.GetRequiredService<IEventPublisher>();

        var orders = services.GetRequiredKeyedService<IEventPublisher>("orders");

        byDefault.Hub("orders").ShouldBeSameAs(orders);
        orders.Hub("").ShouldBeSameAs(byDefault);
        orders.ShouldNotBeSameAs(byDefault);
    }

    [Fact]
    public async Task AddHub_AName_HasALogOfItsOwn()
    {
        await using var services = Build(static builder => builder.AddHub("orders"));

        await services.GetRequiredKeyedService<IEventPublisher>("orders").PublishAsync("a", "x");

        (await CountAsync(services, "orders")).ShouldBe(1);
        (await CountAsync(services, "")).ShouldBe(0);
    }

    [Fact]
    public async Task Hub_AnUnknownName_ListsTheHubsThereAre()
    {
        await using var services = Build(static builder => builder.AddHub("orders").AddHub("prices"));
        var publisher = services.GetRequiredService<IEventPublisher>();

        Should.Throw<ArgumentException>(() => publisher.Hub("order")).Message
            .ShouldStartWith("There is no hub 'order'. Add it with AddHub; there are the default hub and 'orders', 'prices'.");
        Should.Throw<ArgumentException>(() => publisher.Hub("Orders"));
    }

    [Fact]
    public async Task Hub_AnUnknownNameAndNoHubAdded_SaysThatThereIsOnlyTheDefault()
    {
        await using var services = Build(static _ => { });

        Should.Throw<ArgumentException>(() => services.GetRequiredService<IEventPublisher>().Hub("orders")).Message
            .ShouldStartWith("There is no hub 'orders'. Add it with AddHub; there are the default hub and no others.");
        services.GetKeyedService<IEventPublisher>("orders").ShouldBeNull();
    }

    [Fact]
    public async Task AddHub_TheSameNameTwice_IsOneHubWithTheOptionsOfBoth()
    {
        await using var services = Build(static builder => builder
            .AddHub("orders", static options => (options.QueueBytes, options.MaxTopicsPerEvent) = (1000, 5))
            .AddHub("orders", static options => options.MaxTopicsPerEvent = 7));
        var hubs = services.GetRequiredService<HubRegistry>();

        hubs.All.Select(static hub => hub.Name).ShouldBe(["", "orders"]);
        (hubs.Hub("orders").Options.QueueBytes, hubs.Hub("orders").Options.MaxTopicsPerEvent).ShouldBe((1000, 7));
        (hubs.Hub("").Options.QueueBytes, hubs.Hub("").Options.MaxTopicsPerEvent).ShouldBe((HubOptions.DefaultQueueBytes, 100));
    }

    [Fact]
    public async Task AddCurlewCore_Twice_IsOneDefaultHubWithTheOptionsOfBoth()
    {
        await using var services = Build(static builder =>
        {
            builder.Services.AddCurlewCore(static options => options.QueueBytes = 1000);
            builder.ConfigureHub(static options => options.MaxTopicsPerEvent = 7);
        });

        var hub = services.GetRequiredService<HubRegistry>().All.ShouldHaveSingleItem();
        (hub.Options.QueueBytes, hub.Options.MaxTopicsPerEvent).ShouldBe((1000, 7));
        services.GetServices<IHostedService>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task StartAsync_SeveralHubs_MakesAllReady()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddCurlewCore().AddHub("orders");
        using var host = builder.Build();
        var hubs = host.Services.GetRequiredService<HubRegistry>();
        hubs.IsReady.ShouldBeFalse();

        await host.StartAsync();

        hubs.IsReady.ShouldBeTrue();
        await host.StopAsync();
    }

    [Fact]
    public async Task StopAsync_HostThatWasStoppedOrDisposed_IsNothingMore()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddCurlewCore();
        var host = builder.Build();
        var service = host.Services.GetServices<IHostedService>().Single();
        await host.StartAsync();

        await Task.WhenAll(service.StopAsync(default), service.StopAsync(default));
        host.Dispose();

        await service.StopAsync(default);
    }

    private static ServiceProvider Build(Action<CurlewBuilder> configure)
    {
        var builder = new ServiceCollection().AddLogging().AddMetrics().AddCurlewCore();
        configure(builder);
        return builder.Services.BuildServiceProvider();
    }

    private static async Task<int> CountAsync(ServiceProvider services, string hub) =>
        (await services.GetRequiredService<HubRegistry>().Hub(hub).Log.ReadAsync(EventId.Zero, 10, default)).Frames.Count;
}
