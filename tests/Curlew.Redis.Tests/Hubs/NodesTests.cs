using Curlew.Redis.Tests.Servers;
using Microsoft.Extensions.Options;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>Several processes that are one hub.</summary>
public sealed class NodesTests(PlainRedis redis)
{
    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task AnEvent_PublishedOnOneNode_ReachesTheClientsOfAllInOneOrder(string protocol)
    {
        var server = $"127.0.0.1:{redis.Port},protocol={protocol}";
        await using var one = await Node.StartAsync(server, $"nodes-{protocol}");
        await using var other = await Node.StartAsync(server, $"nodes-{protocol}");
        Client[] clients = [await one.SubscribeAsync(), await other.SubscribeAsync(), await other.SubscribeAsync(filter: "a")];

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? one : other).Publisher.PublishAsync(i % 2 == 0 ? "a" : "b", $"{i}").AsTask()));

        await Eventually.UntilAsync(() => clients[0].All.Count == 20 && clients[1].All.Count == 20 && clients[2].All.Count == 10);
        clients[1].All.ShouldBe(clients[0].All);
        clients[2].All.Select(static e => e.Text).ShouldBe(clients[0].All.Select(static e => e.Text).Where(static text => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) % 2 == 0));
        one.Log.Problems.ShouldBeEmpty();
        other.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task AClient_ThatLosesItsNode_ResumesOnAnotherWithoutLossOrRepeat()
    {
        await using var other = await Node.StartAsync(redis.Port, "resume");
        StartPosition resume;
        await using (var one = await Node.StartAsync(redis.Port, "resume"))
        {
            var client = await one.SubscribeAsync();
            await one.Publisher.PublishAsync("a", "1");
            await client.HearsAsync("1");
            resume = client.Resume;
            await one.Publisher.PublishAsync("a", "2");
        }

        await other.Publisher.PublishAsync("a", "3");
        await (await other.SubscribeAsync(resume)).HearsAsync("2 3");

        // A process that was not there reads it from Redis.
        await using var late = await Node.StartAsync(redis.Port, "resume");
        await (await late.SubscribeAsync(resume)).HearsAsync("2 3");
        await (await late.SubscribeAsync(StartPosition.Earliest)).HearsAsync("1 2 3");
        await (await late.SubscribeAsync(StartPosition.Last(1))).HearsAsync("3");
    }

    [Fact]
    public async Task AResume_BelowTheWindow_ReadsOnFromRedis()
    {
        await using var node = await Node.StartAsync(redis.Port, "window", static builder => builder.ConfigureHub(static hub => hub.WindowBytes = 1000));
        var client = await node.SubscribeAsync();
        for (var i = 0; i < 2000; i += 100)
            await node.Publisher.PublishAsync([.. Enumerable.Range(i, 100).Select(static n => NewEvent.FromText(["a"], $"{n}"))]);
        await Eventually.UntilAsync(() => client.All.Count == 2000);

        var again = await node.SubscribeAsync(StartPosition.After(client.All[0].Id.ToString()));

        await Eventually.UntilAsync(() => again.All.Count == 1999);
        again.All.ShouldBe(client.All.Skip(1));
    }

    [Fact]
    public async Task AnEvent_ComesBackAsItWasPublished()
    {
        await using var node = await Node.StartAsync(redis.Port, "whole");
        var at = new DateTimeOffset(2026, 2, 3, 4, 5, 6, 789, TimeSpan.Zero).AddTicks(1234);

        await node.Publisher.PublishAsync([new(["a/b", "c"], "x\ny€"u8.ToArray(), "typed", TimeSpan.FromSeconds(3), at), NewEvent.FromText(["d"], "")]);

        var frames = (await node.Hub().Log.ReadAsync(default, 10, Deadline.Token)).Frames;
        frames[0].Topics.ShouldBe(["a/b", "c"]);
        frames[0].OccurredAt.ShouldBe(at);
        System.Text.Encoding.UTF8.GetString(frames[0].Bytes.Span).ShouldBe($"id: {frames[0].Id}\nevent: typed\nretry: 3000\ndata: x\ndata: y€\n\n");
        System.Text.Encoding.UTF8.GetString(frames[1].Bytes.Span).ShouldBe($"id: {frames[1].Id}\ndata: \n\n");
    }

    [Fact]
    public async Task Users_AreToldApart_AndReachedOnEveryNode()
    {
        await using var one = await Node.StartAsync(redis.Port, "users");
        await using var other = await Node.StartAsync(redis.Port, "users");
        Client[] devices = [await one.SubscribeToAsync("7"), await other.SubscribeToAsync("7")];
        var stranger = await other.SubscribeToAsync("8");

        await one.Publisher.PublishToUserAsync("7", "for 7");
        await other.Publisher.PublishToUsersAsync([.. Enumerable.Range(0, 5000).Select(static n => $"{n}")], "for many");
        await one.Publisher.BroadcastAsync("for all");

        foreach (var device in devices)
            await device.HearsAsync("for 7 for many for all");
        await stranger.HearsAsync("for many for all");
    }

    [Fact]
    public async Task HubsOfOneProcess_ShareTheConnectionOnWhichTheyWait()
    {
        await using var node = await Node.StartAsync(
            $"127.0.0.1:{redis.Port},name=shared-hubs", "shared", static builder => builder.AddHub("orders").AddHub("prices").AddStream("same", "{shared:orders}:log", configure: static s => s.DataField = "data"));
        Client[] clients = [await node.SubscribeAsync(), await node.SubscribeAsync(hub: "orders"), await node.SubscribeAsync(hub: "prices"), await node.SubscribeAsync(hub: "same")];

        for (var i = 0; i < 20; i++)
        {
            await node.Publisher.PublishAsync("a", $"{i}");
            await node.PublisherOf("orders").PublishAsync("a", $"{i}");
            await node.PublisherOf("prices").PublishAsync("a", $"{i}");
        }

        foreach (var client in clients)
            await client.HearsAsync(string.Join(' ', Enumerable.Range(0, 20)));
        // Commands, the reads of all hubs, and those of the second hub on the same stream.
        (await redis.CliAsync("CLIENT", "LIST")).Split('\n').Count(static line => line.Contains("name=shared-hubs", StringComparison.Ordinal)).ShouldBe(3);
    }

    [Fact]
    public async Task AProcessThatOnlyPublishes_ReadsNothing()
    {
        await using var worker = await Node.StartAsync($"127.0.0.1:{redis.Port},name=worker", "worker", redis: static options => options.PublishOnly = true);
        await using var node = await Node.StartAsync(redis.Port, "worker");
        var client = await node.SubscribeAsync();
        (await redis.CliAsync("CLIENT", "LIST")).ShouldNotContain("name=worker");

        await worker.Publisher.PublishAsync("a", "1");
        worker.Publisher.Enqueue("a", "2");

        await client.HearsAsync("1 2");
        (await redis.CliAsync("CLIENT", "LIST")).Split('\n').Count(static line => line.Contains("name=worker", StringComparison.Ordinal)).ShouldBe(1);
        worker.IsWell().ShouldBeTrue();
    }

    [Fact]
    public async Task WrongOptions_AreAllNamedAtTheStart_WithoutASecret()
    {
        var failure = await Should.ThrowAsync<OptionsValidationException>(Node.StartAsync("host,password=hunter2,sssl=true", "{", redis: static options =>
        {
            options.ReadCount = 0;
            options.BlockTime = TimeSpan.Zero;
        }));

        failure.Failures.Count().ShouldBe(4);
        failure.Message.ShouldContain("'sssl'");
        failure.Message.ShouldNotContain("hunter2");
        (await Should.ThrowAsync<OptionsValidationException>(Node.StartAsync("", "x"))).Message.ShouldContain("Configuration is missing");
    }

    [Fact]
    public void AddStream_AHubThatHasOne_IsRefused() =>
        Should.Throw<ArgumentException>(static () => new ServiceCollection().AddCurlewCore().AddStream("logs", "a").AddStream("logs", "b")).Message.ShouldContain("'logs'");
}
