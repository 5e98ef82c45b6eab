using System.Globalization;
using Curlew.Redis.Tests.Servers;

namespace Curlew.Redis.Tests.Connections;

public sealed class FaultTests(PlainRedis redis)
{
    [Fact]
    public async Task CutsAtAnyTime_EveryCallEndsAndTellsTheTruth()
    {
        await using var proxy = CutProxy.Start(redis.Port);
        await using var client = new TestClient(proxy.Port);
        var key = "key:cuts";
        var random = new Random(7);
        var (sent, acknowledged, unknown, notSent) = (0, 0, 0, 0);

        for (var round = 0; round < 30; round++)
        {
            var calls = Enumerable.Range(0, 100).Select(_ => client.SendAsync(TimeSpan.FromSeconds(20), "INCR", key)).ToArray();
            sent += calls.Length;
            if (round % 3 == 0)
                proxy.CutAnswers(1);
            else if (random.Next(2) == 0)
                await Task.Yield();
            proxy.Cut();
            foreach (var call in calls)
            {
                try
                {
                    await call.WaitAsync(Deadline.Token);
                    acknowledged++;
                }
                catch (RedisConnectionException e) when (e.Outcome == CommandOutcome.Unknown)
                {
                    unknown++;
                }
                catch (RedisConnectionException)
                {
                    notSent++;
                }
            }
        }

        // Nothing acknowledged is missing, and nothing ran that was not sent, or twice.
        var ran = int.Parse(await client.SendAsync(Eventually.DefaultDeadline, "GET", key), CultureInfo.InvariantCulture);
        ran.ShouldBeInRange(acknowledged, acknowledged + unknown);
        (acknowledged + unknown + notSent).ShouldBe(sent);
        unknown.ShouldBeGreaterThan(0);
        acknowledged.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task AStalledConnection_FailsItsCallsAndIsMadeAgain()
    {
        await using var proxy = CutProxy.Start(redis.Port);
        await using var client = new TestClient(proxy.Port, ",asyncTimeout=1000");
        await Eventually.UntilAsync(AnswersAsync);
        proxy.Stall();

        var failure = await Should.ThrowAsync<RedisConnectionException>(client.SendAsync("PING"));

        failure.Outcome.ShouldBe(CommandOutcome.Unknown);
        failure.Message.ShouldContain($"127.0.0.1:{proxy.Port}");
        proxy.Resume();
        await Eventually.UntilAsync(AnswersAsync);

        // On a slow machine a second may pass in an answer's way.
        async Task<bool> AnswersAsync()
        {
            try
            {
                return await client.SendAsync(Eventually.DefaultDeadline, "PING") == "PONG";
            }
            catch (RedisConnectionException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task AServerThatAcceptsAndSaysNothing_IsNoConnection()
    {
        await using var proxy = CutProxy.Start(redis.Port);
        proxy.Stall();
        await using var client = new TestClient(proxy.Port, ",connectTimeout=200");

        var failure = await Should.ThrowAsync<RedisConnectionException>(client.SendAsync("PING"));

        failure.Outcome.ShouldBe(CommandOutcome.NotSent);
        failure.Message.ShouldContain("within 0.2 s");
    }

    [Fact]
    public async Task Dribbles_AreReadAsWell()
    {
        await using var proxy = CutProxy.Start(redis.Port);
        proxy.DribbleBytes = 7;
        await using var client = new TestClient(proxy.Port);

        var texts = Enumerable.Range(0, 30).Select(static i => new string((char)('a' + (i % 26)), i)).ToArray();
        (await Task.WhenAll(texts.Select(text => client.SendAsync("ECHO", text)))).ShouldBe(texts);
    }

    [Fact]
    public async Task WhileRedisIsAway_CallsFailAtOnceOrWait()
    {
        await using var server = await RedisUnderTest.StartAsync(new() { AppendOnly = true });
        await using var client = new TestClient(server.Port);
        client.Redis.TroubleWith("key:kept").ShouldBeNull("Nobody has asked yet.");
        await client.SendAsync("SET", "key:kept", "1");
        client.Redis.TroubleWith("key:kept").ShouldBeNull();

        await server.KillAsync();
        await Eventually.UntilAsync(() => client.Changes.Any(static change => change.Kind == ConnectionChangeKind.Failed));
        client.Redis.TroubleWith("key:kept")!.ShouldContain($"127.0.0.1:{server.Port}");
        (await Should.ThrowAsync<RedisConnectionException>(client.SendAsync("PING"))).Outcome.ShouldBe(CommandOutcome.NotSent);
        (await Should.ThrowAsync<RedisConnectionException>(client.SendAsync(TimeSpan.FromMilliseconds(50), "PING"))).Outcome.ShouldBe(CommandOutcome.NotSent);
        var patient = client.SendAsync(Eventually.DefaultDeadline, "GET", "key:kept");
        await server.StartAgainAsync();

        // It may still be loading, which is a refusal and not for the client to hide.
        try
        {
            (await patient).ShouldBe("1");
        }
        catch (RedisServerException e)
        {
            e.Code.ShouldBe("LOADING");
        }

        var kinds = client.Changes.Select(static change => change.Kind).ToArray();
        kinds[0].ShouldBe(ConnectionChangeKind.Established);
        kinds[1].ShouldBe(ConnectionChangeKind.Lost);
        kinds.ShouldContain(ConnectionChangeKind.Restored);
        client.Log.Problems.Count.ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public async Task Dispose_EndsWhatIsUnderWay()
    {
        await using var proxy = CutProxy.Start(redis.Port);
        var client = new TestClient(proxy.Port);
        await client.SendAsync("PING");
        proxy.Stall();
        var call = client.SendAsync("PING");

        await client.DisposeAsync();

        await Should.ThrowAsync<RedisConnectionException>(call.WaitAsync(Deadline.Token));
        (await Should.ThrowAsync<RedisConnectionException>(client.SendAsync("PING"))).Outcome.ShouldBe(CommandOutcome.NotSent);
    }
}
