using System.Globalization;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>What befalls Redis and the way to it, and what clients then hear.</summary>
public sealed class HubFaultTests
{
    [Fact]
    public async Task RedisAway_AtTheStart_TheHubIsReadyOnceItIsBack()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await redis.KillAsync();
        await using var node = await Node.StartAsync(redis.Port, "start");
        node.Hub().IsReady.ShouldBeFalse();
        (await Should.ThrowAsync<EventLogUnavailableException>(node.Publisher.PublishAsync("a", "x").AsTask())).Message.ShouldStartWith("Nothing was appended. ");

        await redis.StartAgainAsync();
        var client = await node.SubscribeAsync();
        await Eventually.UntilAsync(() => node.IsWell());
        await node.Publisher.PublishAsync("a", "1");

        await client.HearsAsync("1");
    }

    [Fact]
    public async Task ARestart_WithPersistence_LosesNothing()
    {
        await using var redis = await RedisUnderTest.StartAsync(new() { AppendOnly = true });
        await using var node = await Node.StartAsync(redis.Port, "aof");
        var client = await node.SubscribeAsync();
        await node.Publisher.PublishAsync("a", "1");
        await client.HearsAsync("1");

        await redis.KillAsync();
        await Eventually.UntilAsync(() => node.Hub().Trouble is not null);
        // Who does not wait is served from the outbox once Redis is back.
        node.Publisher.Enqueue("a", "2");
        await redis.StartAgainAsync();

        await client.HearsAsync("1 2");
        await Eventually.UntilAsync(() => node.IsWell());
    }

    [Fact]
    public async Task WithRedisAway_TheOutboxKeepsWhatItsBoundAllows_AndPublishesItOnceRedisIsBack()
    {
        await using var redis = await RedisUnderTest.StartAsync(new() { AppendOnly = true });
        await using var node = await Node.StartAsync(redis.Port, "bound", static builder => builder.ConfigureHub(static hub => hub.OutboxEvents = 3));
        var client = await node.SubscribeAsync();
        await redis.KillAsync();
        await Eventually.UntilAsync(() => node.Hub().Trouble is not null);

        for (var i = 1; i <= 5; i++)
            node.Publisher.Enqueue("a", $"{i}");
        await redis.StartAgainAsync();
        await client.HearsAsync("1 2 3");
        // Nothing of the rest comes later.
        await PublishAsync(node, "6");

        await client.HearsAsync("1 2 3 6");
    }

    [Fact]
    public async Task ARestart_WithoutPersistence_IsAGap_OnEveryNode()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var one = await Node.StartAsync(redis.Port, "memory");
        await using var other = await Node.StartAsync(redis.Port, "memory");
        Client[] clients = [await one.SubscribeAsync(), await other.SubscribeAsync()];
        await one.Publisher.PublishAsync("a", "1");
        foreach (var client in clients)
            await client.HearsAsync("1");

        await redis.KillAsync();
        await redis.StartAgainAsync();
        foreach (var client in clients)
            await client.HearsAsync("1 !lost");
        await PublishAsync(other, "2");

        foreach (var client in clients)
            await client.HearsAsync("1 !lost 2");
    }

    [Fact]
    public async Task AFlush_IsAGap_AlsoWhereSomebodyPublishesAtOnce()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var node = await Node.StartAsync(redis.Port, "flush");
        var client = await node.SubscribeAsync();
        await node.Publisher.PublishAsync("a", "1");
        await node.Publisher.PublishAsync("a", "2");
        await client.HearsAsync("1 2");

        await redis.CliAsync("FLUSHALL");
        await client.HearsAsync("1 2 !lost");
        await redis.CliAsync("EVAL", "redis.call('FLUSHALL'); redis.call('XADD', KEYS[1], '*', 'data', '3')", "1", "{flush:default}:log");
        // Nothing was given since the first flush, so nothing is lost by the second.
        await client.HearsAsync("1 2 !lost 3");
        await redis.CliAsync("EVAL", "redis.call('FLUSHALL'); redis.call('XADD', KEYS[1], '*', 'data', '4')", "1", "{flush:default}:log");

        await client.HearsAsync("1 2 !lost 3 !lost 4");
    }

    [Fact]
    public async Task AFailover_ThatLostEntriesAndGivesLowerIds_IsAGap()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var node = await Node.StartAsync(redis.Port, "failover");
        var client = await node.SubscribeAsync();
        await redis.CliAsync("XADD", "{failover:default}:log", "5-0", "data", "1");
        await redis.CliAsync("XADD", "{failover:default}:log", "9-0", "data", "2");
        await client.HearsAsync("1 2");

        // What the replica had, and what it was given afterwards, as a promoted one with a slower clock: in one piece, so that no read falls between.
        await redis.CliAsync("EVAL", "redis.call('DEL', KEYS[1]); redis.call('XADD', KEYS[1], '5-0', 'data', '1'); redis.call('XADD', KEYS[1], '7-0', 'data', '3')", "1", "{failover:default}:log");

        // Repeated, as the gap says: nobody knows what a client had.
        await client.HearsAsync("1 2 !lost 1 3");
    }

    [Fact]
    public async Task ACutLink_LosesAndRepeatsNothing()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var proxy = CutProxy.Start(redis.Port);
        await using var behind = await Node.StartAsync(proxy.Port, "cut");
        await using var direct = await Node.StartAsync(redis.Port, "cut");
        var client = await behind.SubscribeAsync();

        for (var i = 0; i < 30; i++)
        {
            await direct.Publisher.PublishAsync("a", i.ToString(CultureInfo.InvariantCulture));
            if (i % 5 == 0)
                proxy.Cut();
        }

        await client.HearsAsync(string.Join(' ', Enumerable.Range(0, 30)));
        await Eventually.UntilAsync(() => behind.IsWell());
    }

    [Fact]
    public async Task AnAnswerThatIsLost_IsUnknownWithoutAKey_AndAskedForAgainWithOne()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var proxy = CutProxy.Start(redis.Port);
        // Its reads go on as they like: of a process that publishes only, the next answer is that of the append.
        await using var node = await Node.StartAsync(proxy.Port, "answer", static builder => builder.ConfigureHub(static hub => hub.AppendTimeout = Eventually.DefaultDeadline), static options => options.PublishOnly = true);
        await PublishAsync(node, "1");

        proxy.CutAnswers(1);
        (await Should.ThrowAsync<EventLogUnavailableException>(node.Publisher.PublishAsync("a", "2").AsTask())).Message.ShouldStartWith("It is unknown whether the events were appended. ");
        await PublishAsync(node, "3");
        proxy.CutAnswers(1);
        await node.Publisher.PublishAsync("a", "4", key: "once");

        (await redis.CliAsync("XLEN", "{answer:default}:log")).ShouldBe("4");
        proxy.Cuts.ShouldBe(2);
    }

    [Fact]
    public async Task AStalledLink_IsTold_AndGoneOnWith()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var proxy = CutProxy.Start(redis.Port);
        await using var behind = await Node.StartAsync($"127.0.0.1:{proxy.Port},asyncTimeout=300", "stall");
        await using var direct = await Node.StartAsync(redis.Port, "stall");
        var client = await behind.SubscribeAsync();

        proxy.Stall();
        await Eventually.UntilAsync(() => behind.Hub().Trouble is not null);
        await direct.Publisher.PublishAsync("a", "1");
        proxy.Resume();

        await client.HearsAsync("1");
        await Eventually.UntilAsync(() => behind.IsWell());
    }

    [Fact]
    public async Task AReader_ThatIsOvertakenByTheTrimming_IsToldOfAGap()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var proxy = CutProxy.Start(redis.Port);
        await using var behind = await Node.StartAsync(proxy.Port, "overtaken");
        var client = await behind.SubscribeAsync();
        await PublishAsync(behind, "1");
        await client.HearsAsync("1");

        proxy.IsAway = true;
        proxy.Cut();
        await redis.CliAsync("XADD", "{overtaken:default}:log", "*", "data", "2");
        await redis.CliAsync("XADD", "{overtaken:default}:log", "MAXLEN", "=", "1", "*", "data", "3");
        proxy.IsAway = false;

        await client.HearsAsync("1 !trimmed 3");
    }

    [Fact]
    public async Task AClient_ThatCatchesUpBelowTheWindow_AndIsOvertakenByTheTrimming_IsToldOfAGap()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var node = await Node.StartAsync(redis.Port, "cursor", static builder => builder.ConfigureHub(static hub => hub.WindowBytes = 1000));
        for (var i = 0; i < 3000; i += 100)
            await node.Publisher.PublishAsync([.. Enumerable.Range(i, 100).Select(static n => NewEvent.FromText(["a"], $"{n}"))]);
        var newest = (await node.Hub().Log.GetBoundsAsync(Deadline.Token)).Newest;
        await Eventually.UntilAsync(() => node.Hub().Routed == newest);

        // It is still at what it has read first when the rest is trimmed.
        var trimmed = new TaskCompletionSource();
        var client = await node.SubscribeAsync(StartPosition.Earliest, pace: heard => heard == 0 ? Task.CompletedTask : trimmed.Task);
        await Eventually.UntilAsync(() => client.All.Count > 0);
        await redis.CliAsync("XTRIM", "{cursor:default}:log", "MAXLEN", "=", "10");
        trimmed.SetResult();

        await Eventually.UntilAsync(() => client.All is [.., ("2999", _, _)]);
        var heard = client.All.Select(static e => e.Text).ToList();
        var gap = heard.IndexOf("!trimmed");
        gap.ShouldBeInRange(1, 2989);
        heard.ShouldBe([.. Enumerable.Range(0, gap).Select(static n => $"{n}"), "!trimmed", .. Enumerable.Range(2990, 10).Select(static n => $"{n}")]);
    }

    [Fact]
    public async Task WhatWasReadBeforeItWasTrimmed_IsNoGap()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var node = await Node.StartAsync(redis.Port, "exact");
        var client = await node.SubscribeAsync();

        for (var i = 0; i < 20; i++)
        {
            await redis.CliAsync("XADD", "{exact:default}:log", "MAXLEN", "=", "1", "*", "data", i.ToString(CultureInfo.InvariantCulture));
            await Eventually.UntilAsync(() => client.All.Count == i + 1);
        }

        client.Heard.ShouldBe(string.Join(' ', Enumerable.Range(0, 20)));
        node.Log.Problems.ShouldBeEmpty();
    }

    private static async Task PublishAsync(Node node, string data) => await Eventually.UntilAsync(async () =>
    {
        try
        {
            await node.Publisher.PublishAsync("a", data);
            return true;
        }
        catch (EventLogUnavailableException e) when (e.Message.StartsWith("Nothing was appended.", StringComparison.Ordinal))
        {
            return false;
        }
    });
}
