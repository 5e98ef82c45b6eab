using System.Globalization;
using Curlew.Redis.Tests.Servers;
using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>The contract of a log, as it holds for one on Redis.</summary>
public sealed class EventLogTests(PlainRedis redis)
{
    [Fact]
    public async Task AppendAsync_ABatch_IsTogetherAndInOrderAndOfAnySize()
    {
        await using var node = await Node.StartAsync(redis.Port, "batches");
        var log = node.Hub().Log;

        await Task.WhenAll(Enumerable.Range(0, 4).Select(publisher => Task.Run(async () =>
        {
            for (var batch = 0; batch < 25; batch++)
            {
                var last = await log.AppendAsync([.. Enumerable.Range(0, 5).Select(part => Event($"{publisher}/{batch}/{part}"))], null, Deadline.Token);
                (await log.ContainsAsync(last, Deadline.Token)).ShouldBeTrue();
            }
        })));
        await log.AppendAsync([.. Enumerable.Range(0, 5000).Select(static i => Event(i.ToString(CultureInfo.InvariantCulture)))], null, Deadline.Token);

        var page = await log.ReadAsync(EventId.Zero, 10_000, Deadline.Token);
        page.Frames.Count.ShouldBe(5500);
        page.Frames.Zip(page.Frames.Skip(1), static (left, right) => left.Id < right.Id).ShouldAllBe(static grows => grows);
        foreach (var batch in page.Frames.Take(500).Select(DataOf).Chunk(5))
            batch.ShouldBe(Enumerable.Range(0, 5).Select(part => batch[0][..^1] + part));
    }

    [Fact]
    public async Task AppendAsync_ARepeatedKey_ReturnsTheFirstIdAndAppendsNothing_OnEveryNode()
    {
        await using var one = await Node.StartAsync(redis.Port, "keys", static builder => builder.AddHub("orders"));
        await using var other = await Node.StartAsync(redis.Port, "keys");

        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? one : other).Publisher.PublishAsync([Event("x"), Event("x")], "k").AsTask()));

        ids.Distinct().ShouldHaveSingleItem();
        (await other.Publisher.PublishAsync([Event("x")], "K")).ShouldBeGreaterThan(ids[0]);
        (await one.PublisherOf("orders").PublishAsync([Event("x")], "k")).ShouldNotBe(ids[0], "another hub's keys are its own");
        (await one.Hub().Log.ReadAsync(default, 10, Deadline.Token)).Frames.Count.ShouldBe(3);
    }

    [Fact]
    public async Task AppendAsync_AKeyAfterItsLifetime_AppendsAnew()
    {
        await using var node = await Node.StartAsync(redis.Port, "short", static builder => builder.ConfigureHub(static hub => hub.IdempotencyLifetime = TimeSpan.FromMilliseconds(50)));
        var first = await node.Publisher.PublishAsync([Event("x")], "k");

        await Eventually.UntilAsync(async () => await node.Publisher.PublishAsync([Event("x")], "k") > first);
    }

    [Fact]
    public async Task ReadAsync_FromAPosition_GivesTheNextInOrder()
    {
        await using var node = await Node.StartAsync(redis.Port, "read");
        var log = node.Hub().Log;
        (await log.GetBoundsAsync(Deadline.Token)).ShouldBe(new LogBounds(EventId.Zero, null, EventId.Zero));
        (await log.ReadBackAsync(EventId.MaxValue, 9, Deadline.Token)).Frames.ShouldBeEmpty();
        var ids = await AppendAsync(node, 5);

        (await log.ReadAsync(ids[1], 2, Deadline.Token)).Frames.Select(static frame => frame.Id).ShouldBe(ids[2..4]);
        (await log.ReadAsync(ids[4], 2, Deadline.Token)).Frames.ShouldBeEmpty();
        (await log.ReadBackAsync(ids[3], 2, Deadline.Token)).Frames.Select(static frame => frame.Id).ShouldBe(ids[1..3]);
        (await log.ReadBackAsync(ids[0], 2, Deadline.Token)).Frames.ShouldBeEmpty();
        (await log.ReadBackAsync(EventId.MaxValue, 9, Deadline.Token)).Frames.Select(static frame => frame.Id).ShouldBe(ids);
        (await log.ReadBackAsync(EventId.Zero, 9, Deadline.Token)).Frames.ShouldBeEmpty();
        (await log.ContainsAsync(ids[4].Next, Deadline.Token)).ShouldBeFalse();
        (await log.GetBoundsAsync(Deadline.Token)).ShouldBe(new LogBounds(EventId.Zero, ids[0], ids[4]));
    }

    [Fact]
    public async Task TrimAsync_MoreEventsThanTheRetention_KeepsAboutAsManyAndTellsWhoseCursorIsBelow()
    {
        await using var node = await Node.StartAsync(redis.Port, "count", static builder => builder.ConfigureHub(static hub => hub.Retention.MaxEvents = 200));
        var ids = await AppendAsync(node, 1000);

        var bounds = await node.Hub().Log.TrimAsync(Deadline.Token);

        var kept = (await node.Hub().Log.ReadAsync(EventId.Zero, 2000, Deadline.Token)).Frames;
        kept.Count.ShouldBeInRange(200, 320);
        bounds.Oldest.ShouldBe(kept[0].Id);
        bounds.TrimmedThrough.ShouldBeInRange(ids[^(kept.Count + 1)], kept[0].Id.Previous);
        bounds.HalfwayThrough.ShouldBeInRange(EventId.Before(DateTimeOffset.UtcNow.AddHours(-1)), bounds.Newest);
        await (await node.SubscribeAsync(StartPosition.After(ids[0].ToString()))).HearsAsync("!trimmed " + string.Join(' ', Enumerable.Range(1000 - kept.Count, kept.Count)));
    }

    [Fact]
    public async Task TrimAsync_MoreBytesThanTheRetention_KeepsAboutAsMany()
    {
        await using var node = await Node.StartAsync(redis.Port, "bytes", static builder => builder.ConfigureHub(static hub => hub.Retention.MaxBytes = 500_000));
        for (var i = 0; i < 100; i++)
            await node.Publisher.PublishAsync([.. Enumerable.Range(0, 10).Select(static _ => Event(new string('x', 1000)))]);

        await Eventually.UntilAsync(async () => await LengthAsync("bytes") is >= 300 and <= 600);
    }

    [Fact]
    public async Task TrimAsync_EventsAboveTheRetentionInAge_AreRemoved_AndNobodyIsToldOfAGap()
    {
        await using var node = await Node.StartAsync(redis.Port, "age", static builder => builder.ConfigureHub(static hub => hub.Retention.MaxAge = TimeSpan.FromMilliseconds(100)));
        var client = await node.SubscribeAsync();
        await node.Publisher.PublishAsync("a", "1");
        await node.Publisher.PublishAsync("a", "2");
        await client.HearsAsync("1 2");

        await Eventually.UntilAsync(async () => await LengthAsync("age") == 0);
        await node.Publisher.PublishAsync("a", "3");
        await client.HearsAsync("1 2 3");

        // Who had the last one before it was trimmed has lost nothing either.
        var again = await node.SubscribeAsync(StartPosition.After(client.All[1].Id.ToString()));
        await node.Publisher.PublishAsync("a", "4");
        await Eventually.UntilAsync(() => again.Heard.EndsWith('4'));
        again.Heard.ShouldNotContain("!");
        await client.HearsAsync("1 2 3 4");
        node.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task AnyProgram_PublishesByXadd()
    {
        await using var node = await Node.StartAsync(redis.Port, "xadd");
        var client = await node.SubscribeAsync();
        var typed = await node.SubscribeAsync(filter: "orders/42");

        await redis.CliAsync("XADD", "{xadd:default}:log", "*", "topic", "orders/42", "type", "paid", "data", "1");
        await redis.CliAsync("XADD", "{xadd:default}:log", "*", "topic", "a", "topic", "orders/42", "data", "2");
        await redis.CliAsync("XADD", "{xadd:default}:log", "*", "topic", "a\norders/42", "data", "3", "time", "2026-01-02T03:04:05Z", "retry", "500", "more", "ignored");
        await redis.CliAsync("XADD", "{xadd:default}:log", "*", "data", "4");

        await client.HearsAsync("1 2 3 4");
        await typed.HearsAsync("1 2 3");
        typed.All[0].Type.ShouldBe("paid");
        (await node.Hub().Log.ReadAsync(typed.All[1].Id, 1, Deadline.Token)).Frames[0].OccurredAt.ShouldBe(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    }

    [Fact]
    public async Task EntriesThatCannotBeAnEvent_AreSkippedAndTold_AndEndNobodysStream()
    {
        await using var node = await Node.StartAsync(redis.Port, "poison");
        var client = await node.SubscribeAsync();
        string[][] poison =
        [
            ["no", "data"], ["topic", "a//b", "data", "x"], ["topic", "a", "data", "x", "type", "a\nb"], ["topic", "a", "data", "x", "type", "gap"],
            ["data", "x", "retry", "soon"], ["data", "x", "time", "yesterday"],
        ];

        await node.Publisher.PublishAsync("a", "1");
        foreach (var fields in poison)
            await redis.CliAsync(["XADD", "{poison:default}:log", "*", .. fields]);
        await redis.CliAsync("EVAL", "return redis.call('XADD', KEYS[1], '*', 'data', '\\255')", "1", "{poison:default}:log");
        await node.Publisher.PublishAsync("a", "2");

        await client.HearsAsync("1 2");
        // Told once, not once each.
        node.Log.Problems.ShouldHaveSingleItem().Message.ShouldContain("it has no field 'data'");
        (await node.Hub().Log.ReadAsync(client.All[0].Id, 1, Deadline.Token)).Frames.ShouldHaveSingleItem().Id.ShouldBe(client.All[1].Id);
        (await node.Hub().Log.ReadBackAsync(client.All[1].Id, 1, Deadline.Token)).Frames.ShouldHaveSingleItem().Id.ShouldBe(client.All[0].Id);
        await (await node.SubscribeAsync(client.Resume)).HearsAsync("");
    }

    [Fact]
    public async Task AKeyThatIsNoStream_IsItsHubsTroubleAlone()
    {
        await redis.CliAsync("SET", "{wrong:default}:log", "a string");
        await using var node = await Node.StartAsync(redis.Port, "wrong", static builder => builder.AddHub("orders"));
        var client = await node.SubscribeAsync(hub: "orders");

        await node.PublisherOf("orders").PublishAsync("a", "1");
        await client.HearsAsync("1");

        node.Hub().Trouble!.ShouldContain("WRONGTYPE");
        (await Should.ThrowAsync<EventLogUnavailableException>(node.Publisher.PublishAsync("a", "1").AsTask())).Message.ShouldStartWith("Nothing was appended. ");
        await redis.CliAsync("DEL", "{wrong:default}:log");
        await Eventually.UntilAsync(() => node.IsWell());
    }

    private static NewEvent Event(string data) => NewEvent.FromText(["a"], data);

    private static string DataOf(Frame frame)
    {
        var text = System.Text.Encoding.UTF8.GetString(frame.Bytes.Span);
        var from = text.IndexOf("data: ", StringComparison.Ordinal) + 6;
        return text[from..text.IndexOf('\n', from)];
    }

    private static async Task<EventId[]> AppendAsync(Node node, int count)
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, count).Select(i => node.Publisher.PublishAsync([Event(i.ToString(CultureInfo.InvariantCulture))]).AsTask()));
        ids.ShouldBe(ids.Order());
        return ids;
    }

    private async Task<int> LengthAsync(string prefix) => int.Parse(await redis.CliAsync("XLEN", $"{{{prefix}:default}}:log"), CultureInfo.InvariantCulture);
}
