using Curlew.Redis.Tests.Servers;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>
/// Notifications of a finance application, on two servers that share a Redis: what concerns one user, several of them or all, on however many devices.
/// </summary>
public sealed class FinanceNotificationsCaseTests(PlainRedis redis)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatIsForAUser_ReachesAllDevicesOfThatUser_OnBothServers_AndNobodyElse(bool retention)
    {
        await using var one = await StartAsync($"finance-user-{retention}", retention);
        await using var other = await StartAsync($"finance-user-{retention}", retention);
        Client[] ann = [await one.SubscribeToAsync("ann"), await other.SubscribeToAsync("ann"), await other.SubscribeToAsync("ann")];
        Client[] bob = [await one.SubscribeToAsync("bob"), await other.SubscribeToAsync("bob")];

        await one.Publisher.PublishToUserAsync("ann", new Notice("ann", "sync started"), "account.sync.started");
        await other.Publisher.PublishToUserAsync("ann", new Notice("ann", "sync completed"), "account.sync.completed");
        // So that it is known that nothing for Ann came before.
        await one.Publisher.PublishToUserAsync("bob", new Notice("bob", "provider connected"), "provider.connected");
        await other.Publisher.PublishToUserAsync("bob", new Notice("bob", "import failed"), "import.failed");

        foreach (var device in ann)
        {
            await device.HearsAsync("""{"userId":"ann","text":"sync started"} {"userId":"ann","text":"sync completed"}""");
            device.All.Select(static e => e.Type).ShouldBe(["account.sync.started", "account.sync.completed"]);
        }

        foreach (var device in bob)
            await device.HearsAsync("""{"userId":"bob","text":"provider connected"} {"userId":"bob","text":"import failed"}""");
        one.Log.Problems.ShouldBeEmpty();
        other.Log.Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatIsForSeveralUsers_ReachesEachOfThemOnce(bool retention)
    {
        await using var one = await StartAsync($"finance-several-{retention}", retention);
        await using var other = await StartAsync($"finance-several-{retention}", retention);
        Client[] named = [await one.SubscribeToAsync("ann"), await other.SubscribeToAsync("bob")];
        var unnamed = await other.SubscribeToAsync("eve");

        await one.Publisher.PublishToUsersAsync(["ann", "bob", "nobody", "ann"], new Notice("household", "budget exceeded"), "budget.exceeded");
        await other.Publisher.PublishToUsersAsync(["ann", "bob", "eve"], new Notice("household", "budget renewed"), "budget.renewed");

        foreach (var device in named)
            await device.HearsAsync("""{"userId":"household","text":"budget exceeded"} {"userId":"household","text":"budget renewed"}""");
        await unnamed.HearsAsync("""{"userId":"household","text":"budget renewed"}""");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ABroadcast_ReachesAll_AndKeepsTheUserIdOfItsPayload(bool retention)
    {
        await using var one = await StartAsync($"finance-all-{retention}", retention);
        await using var other = await StartAsync($"finance-all-{retention}", retention);
        Client[] devices = [await one.SubscribeToAsync("ann"), await one.SubscribeToAsync("bob"), await other.SubscribeToAsync("ann"), await other.SubscribeToAsync("eve")];

        // Whoever it is about, it is for everyone.
        await one.Publisher.BroadcastAsync(new Notice("ann", "reached the goal"), "goal.reached");

        foreach (var device in devices)
        {
            await device.HearsAsync("""{"userId":"ann","text":"reached the goal"}""");
            device.All[0].Type.ShouldBe("goal.reached");
        }
    }

    [Fact]
    public async Task WithRetention_ADeviceThatWasAway_HearsOnTheOtherServerWhatWasForItsUser()
    {
        await using var one = await StartAsync("finance-resume", retention: true);
        await using var other = await StartAsync("finance-resume", retention: true);
        var device = await one.SubscribeToAsync("ann");
        await one.Publisher.BroadcastAsync("before");
        await device.HearsAsync("before");
        var resume = device.Resume;

        // The last event it saw was a broadcast, and came from another server than the next ones.
        await other.Publisher.PublishToUserAsync("ann", "for ann");
        await other.Publisher.PublishToUserAsync("bob", "for bob");
        await one.Publisher.BroadcastAsync("for all");

        await (await other.SubscribeToAsync("ann", resume)).HearsAsync("for ann for all");
        await (await one.SubscribeToAsync("bob", resume)).HearsAsync("for bob for all");
    }

    [Fact]
    public async Task WithoutRetention_NothingIsStored_AndADeviceHearsFromThenOn()
    {
        await using var one = await StartAsync("finance-live", retention: false);
        await using var other = await StartAsync("finance-live", retention: false);
        var early = await other.SubscribeToAsync("ann");
        (await one.Publisher.PublishToUserAsync("ann", "1")).ShouldBe(default);
        await early.HearsAsync("1");

        var late = await other.SubscribeToAsync("ann");
        await one.Publisher.PublishToUserAsync("ann", "2");

        await early.HearsAsync("1 2");
        await late.HearsAsync("2");
        (await redis.CliAsync("KEYS", "*finance-live*")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WithRedisAway_TheCallerGoesOnAtOnce_AndItsNoticesArriveOnceRedisIsBack(bool isStalled)
    {
        await using var proxy = CutProxy.Start(redis.Port);
        var prefix = $"finance-open-{isStalled}";
        await using var behind = await StartAsync(prefix, retention: true, $"127.0.0.1:{proxy.Port},asyncTimeout=500");
        await using var other = await StartAsync(prefix, retention: true);
        Client[] devices = [await behind.SubscribeToAsync("ann"), await other.SubscribeToAsync("ann")];
        if (isStalled)
        {
            proxy.Stall();
        }
        else
        {
            proxy.IsAway = true;
            proxy.Cut();
        }

        await Eventually.UntilAsync(() => behind.Hub().Trouble is not null);

        // It returns while nothing at all can come from Redis: it is not awaited, and does not throw.
        for (var i = 0; i < 50; i++)
            behind.Publisher.Enqueue(new Notice("ann", $"{i}"));
        devices[1].Heard.ShouldBeEmpty();
        if (isStalled)
            proxy.Resume();
        proxy.IsAway = false;

        foreach (var device in devices)
            await device.HearsAsync(string.Join(' ', Enumerable.Range(0, 50).Select(static i => $$"""{"userId":"ann","text":"{{i}}"}""")));
        await Eventually.UntilAsync(() => behind.IsWell());
    }

    private Task<Node> StartAsync(string prefix, bool retention, string? server = null) =>
        Node.StartAsync(server ?? $"127.0.0.1:{redis.Port}", prefix, builder => builder
            .ConfigureHub(hub => hub.History = retention)
            .AddEvents(static events => events.Add<Notice>("notice", user: static notice => notice.UserId)));

    private sealed record Notice(string UserId, string Text);
}
