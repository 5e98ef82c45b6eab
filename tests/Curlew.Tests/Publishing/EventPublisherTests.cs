using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace Curlew.Tests.Publishing;

public sealed class EventPublisherTests : IAsyncDisposable
{
    private readonly HubOptions _options = new();
    private readonly ServiceProvider _services;
    private readonly IEventPublisher _publisher;
    private readonly MemoryEventLog _log;

    public EventPublisherTests()
    {
        _services = new ServiceCollection().AddLogging().AddMetrics().AddCurlewCore().Services.BuildServiceProvider();
        _publisher = _services.GetRequiredService<IEventPublisher>();
        var hub = _services.GetRequiredService<HubRegistry>().Hub("");
        _options = hub.Options;
        _log = (MemoryEventLog)hub.Log;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task PublishAsync_WhenItReturns_TheEventIsInTheLogUnderItsId()
    {
        var id = await _publisher.PublishAsync(["a", "b"], "line 1\nline 2", "greeting", retry: TimeSpan.FromSeconds(2));

        var frame = (await ReadAllAsync()).ShouldHaveSingleItem();
        frame.Topics.ShouldBe(["a", "b"]);
        ParsedFrame.Of(frame).ShouldBe(new(id.ToString(), "greeting", "line 1\nline 2", TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public async Task PublishAsync_ABatch_ReturnsTheLastIdAndCountsItsEvents()
    {
        using var totals = new MetricTotals(_services.GetRequiredService<CurlewMetrics>());

        var id = await _publisher.PublishAsync([TestHubs.Event("a"), TestHubs.Event("b")]);

        (await ReadAllAsync())[^1].Id.ShouldBe(id);
        totals["curlew.events.published of default"].ShouldBe(2);
    }

    [Fact]
    public async Task PublishAsync_AnEventAtAndAboveTheLimit_TakesTheLimit()
    {
        _options.MaxEventBytes = 4;

        await _publisher.PublishAsync("a", "éé");
        var refusal = await Should.ThrowAsync<EventTooLargeException>(async () => await _publisher.PublishAsync("a", "éé!"));

        (refusal.Field, refusal.Fault).ShouldBe(("data", "its data has 5 bytes, more than 4"));
        (await ReadAllAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task PublishAsync_ABatchAtAndAboveTheLimit_TakesTheLimit()
    {
        _options.MaxBatchBytes = 6;

        await _publisher.PublishAsync([TestHubs.Event("a", "123"), TestHubs.Event("a", "456")]);
        var refusal = await Should.ThrowAsync<EventTooLargeException>(async () =>
            await _publisher.PublishAsync([TestHubs.Event("a", "123"), TestHubs.Event("a", "4567")]));

        refusal.Fault.ShouldBe("the batch has 7 bytes of data, more than 6");
        (await ReadAllAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task PublishAsync_OneBadEventInABatch_PublishesNothing()
    {
        _options.MaxEventBytes = 3;
        _options.MaxTopicsPerEvent = 2;
        using var totals = new MetricTotals(_services.GetRequiredService<CurlewMetrics>());

        await Should.ThrowAsync<EventTooLargeException>(async () => await _publisher.PublishAsync([TestHubs.Event("a"), TestHubs.Event("a", "1234")]));
        var refusal = await Should.ThrowAsync<InvalidEventException>(async () =>
            await _publisher.PublishAsync([TestHubs.Event("a"), NewEvent.FromText(["a", "b", "c"], "x")]));

        (refusal.Field, refusal.Fault).ShouldBe(("topics", "it has 3 topics, more than 2"));
        (await ReadAllAsync()).ShouldBeEmpty();
        totals["curlew.events.published of default"].ShouldBe(0);
    }

    [Fact]
    public async Task PublishAsync_NoEvent_IsRefused() =>
        (await Should.ThrowAsync<InvalidEventException>(async () => await _publisher.PublishAsync([]))).Field.ShouldBe("batch");

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    public async Task PublishAsync_AKeyOfNoLength_IsRefused(int length)
    {
        var key = new string('k', length);

        var refusal = await Should.ThrowAsync<InvalidEventException>(async () => await _publisher.PublishAsync("a", "x", key: key));

        (refusal.Field, refusal.Fault).ShouldBe(("key", "its key must have 1 to 256 characters"));
        Should.Throw<InvalidEventException>(() => _publisher.Enqueue("a", "x", key: key)).Field.ShouldBe("key");
        (await ReadAllAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task PublishAsync_TheSameKeyAgain_ReturnsTheFirstIdAndAppendsNothing()
    {
        var key = new string('k', 256);

        var first = await _publisher.PublishAsync("a", "x", key: key);
        var again = await _publisher.PublishAsync("a", "y", key: key);

        again.ShouldBe(first);
        (await ReadAllAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task PublishAsync_AnObject_IsCamelCasedJsonOfItsRunTimeType()
    {
        await _publisher.PublishAsync<OrderPlaced>("a", new RushOrder(7, "pen", 2));

        var frame = (await ReadAllAsync()).ShouldHaveSingleItem();
        frame.Type.ShouldBe("RushOrder");
        ParsedFrame.Of(frame).Data.ShouldBe("""{"hours":2,"orderNumber":7,"item":"pen"}""");
    }

    [Fact]
    public async Task PublishAsync_AText_IsSentAsItIs()
    {
        await _publisher.PublishAsync("a", "\"quoted\" é");

        ParsedFrame.Of((await ReadAllAsync()).Single()).Data.ShouldBe("\"quoted\" é");
    }

    [Fact]
    public async Task PublishAsync_NullOfAClass_HasTheNameOfTheClass()
    {
        await _publisher.PublishAsync<OrderPlaced?>("a", null);

        ParsedFrame.Of((await ReadAllAsync()).Single()).ShouldSatisfyAllConditions(
            parsed => parsed.Type.ShouldBe("OrderPlaced"),
            parsed => parsed.Data.ShouldBe("null"));
    }

    [Fact]
    public async Task PublishAsync_ATypeGiven_WinsOverThePayloadsName()
    {
        await _publisher.PublishAsync("a", new OrderPlaced(7, "pen"), "placed");
        await _publisher.PublishAsync("a", new OrderPlaced(7, "pen"), "");

        (await ReadAllAsync()).Select(static frame => frame.Type).ShouldBe(["placed", null]);
    }

    [Fact]
    public async Task PublishAsync_APayloadWithoutANameOfItsOwn_HasNoType()
    {
        object[] payloads =
        [
            "text", 1, true, 'c', 1.5m, Guid.Empty, TimeSpan.Zero, DateTimeOffset.UnixEpoch, DayOfWeek.Monday, Colour.Red, JsonSerializer.SerializeToElement(1),
            new JsonObject(), new { Number = 1 }, (1, 2), new Wrapped<int>(1), new[] { new OrderPlaced(7, "pen") }, new List<OrderPlaced>(),
            new Dictionary<string, int>(StringComparer.Ordinal),
        ];

        foreach (var payload in payloads)
            await _publisher.PublishAsync("a", payload);

        var types = (await ReadAllAsync()).Select(static frame => frame.Type).Zip(payloads, static (type, payload) => (Type: type, Payload: payload.GetType()));
        types.Where(static entry => entry.Type is not null).ShouldBeEmpty();
    }

    [Fact]
    public async Task PublishToUserAsync_AUser_IsPublishedToHisTopicAlone()
    {
        await _publisher.PublishToUserAsync("a/b", "x");

        (await ReadAllAsync()).ShouldHaveSingleItem().Topics.ShouldBe(["$user/a%2Fb"]);
    }

    [Fact]
    public async Task PublishToUsersAsync_250Users_AreOneBatchOfThreeEvents()
    {
        string[] users = [.. Enumerable.Range(0, 250).Select(static number => $"u{number}")];

        var id = await _publisher.PublishToUsersAsync([.. users, "u0"], new OrderPlaced(7, "pen"), key: "k");
        var again = await _publisher.PublishToUsersAsync(users, new OrderPlaced(7, "pen"), key: "k");

        var frames = await ReadAllAsync();
        frames.Select(static frame => frame.Topics.Count).ShouldBe([100, 100, 50]);
        frames.SelectMany(static frame => frame.Topics).ShouldBe(users.Select(static user => "$user/" + user));
        frames.Select(static frame => ParsedFrame.Of(frame).Data).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
        id.ShouldBe(frames[^1].Id);
        again.ShouldBe(id);
    }

    [Fact]
    public async Task PublishToUsersAsync_MoreUsersThanTopicsOfAnEvent_ArePublishedAllTheSame()
    {
        _options.MaxTopicsPerEvent = 1;

        await _publisher.PublishToUsersAsync(["u1", "u2"], "x");

        (await ReadAllAsync()).SelectMany(static frame => frame.Topics).ShouldBe(["$user/u1", "$user/u2"]);
    }

    [Fact]
    public async Task PublishToUsersAsync_NoUserOrABadOne_PublishesNothing()
    {
        (await Should.ThrowAsync<InvalidEventException>(async () => await _publisher.PublishToUsersAsync([], "x"))).Field.ShouldBe("user");
        (await Should.ThrowAsync<InvalidEventException>(async () => await _publisher.PublishToUsersAsync(["u1", ""], "x"))).Field.ShouldBe("user");

        (await ReadAllAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task BroadcastAsync_APayload_IsPublishedToTheBroadcast()
    {
        await _publisher.BroadcastAsync("x");

        (await ReadAllAsync()).ShouldHaveSingleItem().Topics.ShouldBe(["$broadcast"]);
    }

    [Theory]
    [InlineData("$broadcast")]
    [InlineData("$user/7")]
    [InlineData("a/*")]
    public async Task PublishAsync_ATopicThatIsNotTheApplications_IsRefused(string topic)
    {
        (await Should.ThrowAsync<InvalidEventException>(async () => await _publisher.PublishAsync(topic, "x"))).Field.ShouldBe("topics");
        Should.Throw<InvalidEventException>(() => _publisher.Enqueue(topic, "x")).Field.ShouldBe("topics");

        (await ReadAllAsync()).ShouldBeEmpty();
    }

    [Fact]
    public void Enqueue_AnEventAboveTheLimit_IsRefusedAtOnce()
    {
        _options.MaxEventBytes = 3;

        Should.Throw<EventTooLargeException>(() => _publisher.Enqueue("a", "1234"));
    }

    private async Task<IReadOnlyList<Frame>> ReadAllAsync() => (await _log.ReadAsync(EventId.Zero, 1000, default)).Frames;

    private enum Colour
    {
        Red,
    }

    private sealed record RushOrder(int OrderNumber, string Item, int Hours) : OrderPlaced(OrderNumber, Item);

    private sealed record Wrapped<T>(T Value);
}
