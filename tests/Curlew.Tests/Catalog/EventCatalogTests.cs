using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Curlew.Tests.Catalog;

/// <summary>What a catalog knows, and what it finds wrong with itself.</summary>
public sealed class EventCatalogTests
{
    [Fact]
    public void Find_ANameOrAClass_GivesTheEvent()
    {
        var catalog = new EventCatalogBuilder()
            .Add<Paid>("order.paid", category: "orders", description: "An order was paid.")
            .Add<Revoked, string>("session.revoked", static e => e.UserId)
            .Build();

        catalog.Events.Select(static e => e.Type).ShouldBe(["order.paid", "session.revoked"]);
        var paid = catalog.Find("order.paid").ShouldNotBeNull();
        (paid.Category, paid.Description, paid.ClrType, paid.PayloadType).ShouldBe(("orders", "An order was paid.", typeof(Paid), typeof(Paid)));
        catalog.Find<Paid>().ShouldBeSameAs(paid);
        Type clrType = typeof(Paid);
        catalog.Find(clrType).ShouldBeSameAs(paid);
        catalog.Find<Revoked>()!.PayloadType.ShouldBe(typeof(string));
        (catalog.Find("Order.Paid"), catalog.Find<object>(), catalog.Find<PaidTwice>()).ShouldBe((null, null, null));
    }

    [Fact]
    public void Categories_AreInOrderWithTheirEvents()
    {
        var catalog = new EventCatalogBuilder().Add<Paid>("paid", category: "orders").Add<Revoked>("revoked", category: "access").Add<PaidTwice>("paid.twice", category: "orders").Add<Told>("told").Build();

        catalog.Categories.Select(static category => (category.Key, category.Value.Count)).ShouldBe([("access", 1), ("orders", 2)]);
        catalog.Categories["orders"].Select(static e => e.Type).ShouldBe(["paid", "paid.twice"]);
        catalog.Events.Where(static e => e.Category is null).ShouldHaveSingleItem().Type.ShouldBe("told");
    }

    [Fact]
    public void HasAudience_AnySelector_IsOne()
    {
        var catalog = new EventCatalogBuilder()
            .Add<Paid>("1", topics: static e => [e.OrderId]).Add<Revoked>("2", user: static e => e.UserId).Add<PaidTwice>("3", users: static _ => ["7"])
            .Add<Told>("4", broadcast: true).Add<Abstract>("5", occurredAt: static _ => default)
            .Build();

        catalog.Events.Select(static e => e.HasAudience).ShouldBe([true, true, true, true, false]);
    }

    [Fact]
    public void Add_AfterTheCatalogWasBuilt_IsRefused()
    {
        var builder = new EventCatalogBuilder().Add<Paid>("paid");
        var catalog = builder.Build();

        Should.Throw<InvalidOperationException>(() => builder.Add<Revoked>("revoked")).Message.ShouldStartWith("The event catalog has been built; 'revoked' comes too late.");
        builder.Build().ShouldBeSameAs(catalog);
        catalog.Events.Count.ShouldBe(1);
    }

    [Fact]
    public void FindFaults_ACatalogThatIsWell_FindsNone()
    {
        var catalog = new EventCatalogBuilder().Add<Paid>("order.paid", category: "orders-2.0_a", broadcast: true).Build();

        catalog.FindFaults().ShouldBeEmpty();
        catalog.ThrowIfFaulty();
    }

    [Fact]
    public void FindFaults_EveryFault_IsTold()
    {
        var catalog = new EventCatalogBuilder()
            .Add<Paid>("paid", category: "orders", broadcast: true)
            .Add<PaidTwice>("paid", category: "orders", broadcast: true)
            .Add<Paid>("paid.again", category: "orders", broadcast: true)
            .Add<Told>("gap", category: "a b", broadcast: true)
            .Add<Revoked>("", category: "", broadcast: true)
            .Add<Abstract>("a\nb", category: new string('c', 65), broadcast: true)
            .Add<TwoNames>("two", category: "c", broadcast: true)
            .Add<int>("number")
            .Build();

        catalog.FindFaults().ShouldBe(
        [
            "Event 'paid' (PaidTwice): the name is there already, for Paid.",
            "Event 'paid.again' (Paid): the class is there already, as 'paid'.",
            "Event 'gap' (Told): the type 'gap' is the server's own.",
            "Event 'gap' (Told): the category 'a b' is none: it has 1 to 64 letters a to z, digits, '.', '-' and '_'.",
            "Event '' (Revoked): it has no name.",
            "Event '' (Revoked): the category '' is none: it has 1 to 64 letters a to z, digits, '.', '-' and '_'.",
            "Event 'a\nb' (Abstract): its type holds CR, LF, NUL or a lone surrogate.",
            "Event 'a\nb' (Abstract): the class is abstract, and an event is found by its run-time type: add the classes that derive from it.",
            $"Event 'a\nb' (Abstract): the category '{new string('c', 65)}' is none: it has 1 to 64 letters a to z, digits, '.', '-' and '_'.",
            catalog.FindFaults().Single(static fault => fault.StartsWith("Event 'two' (TwoNames): TwoNames cannot be serialised: ", StringComparison.Ordinal)),
            "Event 'number' (Int32): it has no category.",
            "Event 'number' (Int32): it does not say whom it is for: it has neither topics nor users nor the broadcast.",
        ]);
        catalog.FindFaults(requireCategory: false, requireAudience: false).Count.ShouldBe(10);
        Should.Throw<InvalidOperationException>(() => catalog.ThrowIfFaulty()).Message.ShouldBe(
            $"The event catalog has faults:{string.Concat(catalog.FindFaults().Select(static fault => $"{Environment.NewLine}  {fault}"))}");
    }

    [Fact]
    public async Task FindFaults_WithoutReflection_TellsPayloadsWithoutMetadata()
    {
        await using var services = Build(static builder =>
        {
            builder.Services.Configure<PayloadJsonOptions>(static json => json.SerializerOptions = PaidJson.Default.Options);
            builder.AddEvents(static events => events
                .Add<Paid>("paid", category: "c", broadcast: true)
                .Add<Told>("told", category: "c", broadcast: true, jsonTypeInfo: ToldJson.Default.Told)
                .Add<PaidTwice, string>("text", static e => e.OrderId, category: "c", broadcast: true)
                .Add<Revoked>("revoked", category: "c", broadcast: true));
        });

        var invalid = Should.Throw<OptionsValidationException>(() => services.GetRequiredService<EventCatalog>());

        invalid.Failures.ShouldBe(["Event 'revoked' (Revoked): there is no serialization metadata for Revoked: give a JsonTypeInfo, or add its context to the JSON options."]);
    }

    [Fact]
    public async Task PublishAsync_PayloadJsonWithoutAResolver_SerialisesAsTheSerializerDoes()
    {
        await using var services = Build(static builder =>
        {
            builder.Services.Configure<PayloadJsonOptions>(static json => json.SerializerOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower });
            builder.AddEvents(static events => events.Add<Paid>("paid", topics: static e => ["t"]));
        });
        services.GetRequiredService<EventCatalog>().FindFaults(requireCategory: false).ShouldBeEmpty();
        var publisher = services.GetRequiredService<IEventPublisher>();

        await publisher.PublishAsync(new Paid("42"));
        await publisher.PublishAsync("t", new Revoked("7"));
    }

    [Fact]
    public async Task StartAsync_AFaultyCatalog_FailsWithEveryFault()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddCurlewCore().AddEvents(static events => events.Add<Paid>("gap").Add<Paid>("paid"));
        using var host = builder.Build();

        var invalid = await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync());

        invalid.Failures.ShouldBe(["Event 'gap' (Paid): the type 'gap' is the server's own.", "Event 'paid' (Paid): the class is there already, as 'gap'."]);
    }

    [Fact]
    public async Task AddEvents_CalledTwice_IsOneCatalogOfAllHubs()
    {
        await using var services = Build(static builder => builder
            .AddEvents(static events => events.Add<Paid>("paid"))
            .AddEvents(static events => events.Add<Revoked>("revoked"))
            .AddHub("other"));

        var catalog = services.GetRequiredService<EventCatalog>();

        catalog.Events.Select(static e => e.Type).ShouldBe(["paid", "revoked"]);
        services.GetRequiredService<IEventPublisher>().Catalog.ShouldBeSameAs(catalog);
        services.GetRequiredKeyedService<IEventPublisher>("other").Catalog.ShouldBeSameAs(catalog);
    }

    private static ServiceProvider Build(Action<CurlewBuilder> configure)
    {
        var builder = new ServiceCollection().AddLogging().AddMetrics().AddCurlewCore();
        configure(builder);
        return builder.Services.BuildServiceProvider();
    }

    internal sealed record Paid(string OrderId);

    internal sealed record PaidTwice(string OrderId);

    internal sealed record Revoked(string UserId);

    internal sealed record Told(string Text);

    private abstract record Abstract;

    private sealed record TwoNames([property: JsonPropertyName("a")] int One, [property: JsonPropertyName("a")] int Two);
}

[JsonSerializable(typeof(EventCatalogTests.Paid))]
internal sealed partial class PaidJson : JsonSerializerContext;

[JsonSerializable(typeof(EventCatalogTests.Told))]
internal sealed partial class ToldJson : JsonSerializerContext;
