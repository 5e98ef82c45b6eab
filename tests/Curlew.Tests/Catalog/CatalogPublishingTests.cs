using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;

namespace Curlew.Tests.Catalog;

/// <summary>Events of the catalog, published with and without naming a topic.</summary>
public sealed class CatalogPublishingTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 14, 0, 0, TimeSpan.FromHours(2));

    private readonly ServiceProvider _services;
    private readonly IEventPublisher _events;

    public CatalogPublishingTests()
    {
        _services = new ServiceCollection().AddLogging().AddMetrics().AddCurlewCore()
            .AddEvents(static events => events
                .Add<OrderPaid>("order.paid", category: "orders", topics: static e => [$"orders/{e.OrderId}", "orders", "orders"])
                .Add<SessionRevoked>("session.revoked", category: "security", user: static e => e.UserId)
                .Add<Moved, Place>("moved", static e => new(e.X), topics: static e => e.Topics, users: static e => e.Users, broadcast: true, occurredAt: static e => e.At, jsonTypeInfo: PlaceJson.Default.Place)
                .Add<Said, string>("said", static e => e.Text, topics: static _ => ["talk"])
                .Add<Unrouted>("unrouted"))
            .Services.BuildServiceProvider();
        _events = _services.GetRequiredService<IEventPublisher>();
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task PublishAsync_AnEvent_HasTheTypeAndTopicsOfTheCatalog()
    {
        var id = await _events.PublishAsync(new OrderPaid("42"));

        var frame = await SingleAsync();
        (frame.Id, frame.Type).ShouldBe((id, "order.paid"));
        frame.Topics.ShouldBe(["orders/42", "orders"]);
        ParsedFrame.Of(frame).Data.ShouldBe("""{"orderId":"42"}""");
    }

    [Fact]
    public async Task PublishAsync_AsABaseClass_IsRoutedByItsRunTimeType()
    {
        object e = new SessionRevoked("7");

        await _events.PublishAsync(e);

        var frame = await SingleAsync();
        frame.Type.ShouldBe("session.revoked");
        frame.Topics.ShouldBe(["$user/7"]);
    }

    [Fact]
    public async Task PublishAsync_EverySelector_IsOneEventWithItsProjectionAndTime()
    {
        await _events.PublishAsync(new Moved(3, ["a"], ["7", "8", "7"], Noon));

        var frame = await SingleAsync();
        frame.Topics.ShouldBe(["a", "$broadcast", "$user/7", "$user/8"]);
        frame.OccurredAt.ShouldBe(Noon);
        ParsedFrame.Of(frame).Data.ShouldBe("""{"X":3}""");
    }

    [Fact]
    public async Task PublishAsync_MoreThanAHundredUsers_IsOneBatchWithTheTopicsOnce()
    {
        string[] users = [.. Enumerable.Range(0, 250).Select(static number => $"u{number}")];

        var id = await _events.PublishAsync(new Moved(3, ["a"], users, Noon), key: "k");
        var again = await _events.PublishAsync(new Moved(3, ["a"], users, Noon), key: "k");

        var frames = await ReadAllAsync();
        frames.Select(static frame => frame.Topics.Count).ShouldBe([102, 100, 50]);
        frames.SelectMany(static frame => frame.Topics).ShouldBe(["a", "$broadcast", .. users.Select(static user => $"$user/{user}")]);
        (again, frames[^1].Id).ShouldBe((id, id));
    }

    [Fact]
    public async Task PublishAsync_MoreTopicsThanMayBe_IsRefusedByTheNamedOnes()
    {
        _services.GetRequiredService<HubRegistry>().Hub("").Options.MaxTopicsPerEvent = 2;

        await _events.PublishAsync(new Moved(3, ["a", "b"], ["7", "8"], Noon));
        var refusal = await Should.ThrowAsync<InvalidEventException>(async () => await _events.PublishAsync(new Moved(3, ["a", "b", "c"], ["7"], Noon)));

        (refusal.Field, refusal.Fault).ShouldBe(("topics", "it has 3 topics, more than 2"));
        (await ReadAllAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task PublishAsync_AnEventThatIsNotListed_SaysHowToListItOrNameATopic()
    {
        var refusal = await Should.ThrowAsync<InvalidEventException>(async () => await _events.PublishAsync(new Derived("42")));

        refusal.Field.ShouldBe("type");
        refusal.Message.ShouldStartWith("The event cannot be published: Derived is not in the event catalog: add it with Events.Add<Derived>(…), or name a topic, as in PublishAsync(topic, payload).");
        Should.Throw<InvalidEventException>(() => _events.Enqueue(new Derived("42"))).Field.ShouldBe("type");
        await Should.ThrowAsync<InvalidEventException>(async () => await _events.PublishAsync("a text"));
        (await ReadAllAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task PublishAsync_SelectorsThatChooseNobody_AreRefused()
    {
        foreach (var e in (object[])[new Unrouted(), new SessionRevoked(null)])
            (await Should.ThrowAsync<InvalidEventException>(async () => await _events.PublishAsync(e))).Fault.ShouldEndWith("choose no topic, no user and not all");

        (await Should.ThrowAsync<InvalidEventException>(async () => await _events.PublishAsync(new SessionRevoked("")))).Field.ShouldBe("user");
        (await Should.ThrowAsync<InvalidEventException>(async () => await _events.PublishAsync(new OrderPaid("*")))).Field.ShouldBe("topics");
        (await Should.ThrowAsync<InvalidEventException>(async () => await _events.PublishAsync(new Moved(1, ["$user/1"], [], Noon)))).Field.ShouldBe("topics");
        (await ReadAllAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task PublishAsync_AProjectionToText_IsSentAsItIs()
    {
        await _events.PublishAsync(new Said("\"hello\""));

        ParsedFrame.Of(await SingleAsync()).Data.ShouldBe("\"hello\"");
    }

    [Fact]
    public async Task PublishAsync_ToATopic_HasTheTypeTheProjectionAndTheTimeOfTheCatalog()
    {
        await _events.PublishAsync("elsewhere", new Moved(3, ["a"], ["7"], Noon));
        await _events.PublishToUserAsync("9", new Moved(4, ["a"], ["7"], Noon));
        await _events.PublishToUsersAsync(["9"], new Moved(4, ["a"], ["7"], Noon));
        await _events.BroadcastAsync(new Moved(4, ["a"], ["7"], Noon));
        await _events.PublishAsync(["elsewhere"], new Moved(5, ["a"], ["7"], Noon), type: "other", occurredAt: Noon.AddDays(1));
        await _events.PublishAsync("elsewhere", new Unrouted());

        var frames = await ReadAllAsync();
        frames.Select(static frame => frame.Topics.Single()).ShouldBe(["elsewhere", "$user/9", "$user/9", "$broadcast", "elsewhere", "elsewhere"]);
        frames.Select(static frame => frame.Type).ShouldBe(["moved", "moved", "moved", "moved", "other", "unrouted"]);
        frames.Take(5).Select(static frame => ParsedFrame.Of(frame).Data).ShouldBe(["""{"X":3}""", """{"X":4}""", """{"X":4}""", """{"X":4}""", """{"X":5}"""]);
        frames.Take(5).Select(static frame => frame.OccurredAt).ShouldBe([Noon, Noon, Noon, Noon, Noon.AddDays(1)]);
    }

    [Fact]
    public async Task PublishAsync_WithMetadataGiven_HasTheTypeAndTimeOfTheCatalogWithoutItsProjection()
    {
        await _events.PublishAsync("elsewhere", new Moved(3, [], [], Noon), PlaceJson.Default.Moved);

        var frame = await SingleAsync();
        (frame.Type, frame.OccurredAt).ShouldBe(("moved", Noon));
        ParsedFrame.Of(frame).Data.ShouldContain("\"Users\":[]");
    }

    // What these calls mean must not change by the one that takes an event alone.
    [Fact]
    public async Task PublishAsync_ATopicFirst_IsNeverAnEventOfItsOwn()
    {
        await _events.PublishAsync("topic", "text");
        await _events.PublishAsync("topic", "text", "type", "key");
        await _events.PublishAsync("topic", "text", cancellationToken: default);
        await _events.PublishAsync(["topic"], "text");
        await _events.PublishAsync([NewEvent.FromText(["topic"], "text")]);
        await _events.PublishAsync("topic", new OrderPaid("42"));

        (await ReadAllAsync()).Select(static frame => (frame.Topics.Single(), frame.Type))
            .ShouldBe([("topic", null), ("topic", "type"), ("topic", null), ("topic", null), ("topic", null), ("topic", "order.paid")]);
    }

    [Fact]
    public async Task Enqueue_AnEventOrATopic_IsToldApart()
    {
        string[] users = [.. Enumerable.Range(0, 101).Select(static number => $"u{number}")];

        _events.Enqueue("topic", "text");
        _events.Enqueue(new OrderPaid("42"), key: "k");
        _events.Enqueue(new Moved(3, [], users, Noon), key: "m");
        _events.Enqueue(NewEvent.FromText(["topic"], "the last"));

        await Eventually.UntilAsync(async () => (await ReadAllAsync()).Count == 5);
        (await ReadAllAsync()).Select(static frame => (frame.Type, frame.Topics.Count)).ShouldBe([(null, 1), ("order.paid", 2), ("moved", 1), ("moved", 101), (null, 1)]);
    }

    private async Task<Frame> SingleAsync() => (await ReadAllAsync()).ShouldHaveSingleItem();

    private async Task<IReadOnlyList<Frame>> ReadAllAsync() =>
        (await _services.GetRequiredService<HubRegistry>().Hub("").Log.ReadAsync(EventId.Zero, 1000, default)).Frames;

    internal record OrderPaid(string OrderId);

    internal sealed record Derived(string OrderId) : OrderPaid(OrderId);

    internal sealed record SessionRevoked(string? UserId);

    internal sealed record Moved(int X, string[] Topics, string[] Users, DateTimeOffset At);

    internal sealed record Place(int X);

    internal sealed record Said(string Text);

    internal sealed record Unrouted;
}

[JsonSerializable(typeof(CatalogPublishingTests.Place))]
[JsonSerializable(typeof(CatalogPublishingTests.Moved))]
internal sealed partial class PlaceJson : JsonSerializerContext;
