using Curlew.Tests.Simulation;
using static Curlew.Tests.TestHubs;

namespace Curlew.Tests.Fanout;

public sealed class RouterTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Route_AnySubscriptionsComingAndGoing_OffersToThoseThatMatchOnce(int seed)
    {
        var random = new Random(seed);
        var hub = await OpenAsync(new ScriptedLog());
        var router = new Router();
        List<(Subscription Subscription, Wish Wish)> members = [];
        var batch = new FrameBatch();

        for (ulong step = 1; step <= 1500; step++)
        {
            if (members.Count > 0 && random.Next(5) < (members.Count > 60 ? 3 : 1))
            {
                var leaving = random.Next(members.Count);
                router.Remove(members[leaving].Subscription);
                members.RemoveAt(leaving);
            }
            else if (random.Next(2) == 0)
            {
                var wish = Wish.Random(random);
                var subscription = new Subscription(hub, wish.ToInterest(), SlowConsumerPolicy.Resume, int.MaxValue, new TestReader());
                subscription.StartLive(EventId.Zero, gap: null);
                router.Add(subscription);
                members.Add((subscription, wish));
            }

            router.Count.ShouldBe(members.Count);
            var content = NewEvent.ForReserved(
                [.. random.GetItems(Wish.Topics, random.Next(1, 4)).Distinct(StringComparer.Ordinal)], Wish.Types[random.Next(Wish.Types.Length)], default, retry: null);
            router.Route(new Frame(Id(step), content.Topics, default, content.Type));

            foreach (var (subscription, wish) in members)
            {
                subscription.Read(batch);
                batch.Count.ShouldBe(wish.Wants(content) ? 1 : 0, $"{wish} and {string.Join(' ', content.Topics)} {content.Type}");
                batch.Clear();
            }
        }

        foreach (var (subscription, _) in members)
            router.Remove(subscription);
        router.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Route_EventWithoutTopics_IsOfferedToThoseWhoWantEverything()
    {
        var hub = await OpenAsync(new ScriptedLog());
        var everything = await hub.SubscribeAsync(filter: "**");
        var segment = await hub.SubscribeAsync(filter: "*");

        hub.Route(new EventPage([new Frame(Id(1), [], default)], new(EventId.Zero, null, Id(1))));

        (await everything.ReadAllAsync()).ShouldBe(["1-0"]);
        (await segment.ReadAllAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Remove_Twice_RemovesOnce()
    {
        var hub = await OpenAsync(new ScriptedLog());
        var first = await hub.SubscribeAsync();
        var second = await hub.SubscribeAsync();

        hub.Leave(first.Subscription);
        hub.Leave(first.Subscription);

        hub.Router.Count.ShouldBe(1);
        hub.SubscriptionCount.ShouldBe(1);
        hub.Route(new EventPage([Frame(1)], new(EventId.Zero, null, Id(1))));
        (await second.ReadAllAsync()).ShouldBe(["1-0"]);
    }
}
