using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>The logs of a security system, which a Python program writes to a Redis Stream, served as the manual says.</summary>
public sealed class SiemCaseTests
{
    private const string Key = "siem:logs";

    private const string Writer =
        """
        import json, sys, redis
        r = redis.Redis(port=int(sys.argv[1]))
        for n in range(int(sys.argv[2]), int(sys.argv[3])):
            r.xadd('siem:logs', {'payload': json.dumps({'n': n, 'message': 'zażółć'})})
        """;

    [Fact]
    public async Task WhatAPythonProgramWrites_IsServed_ThroughARestartOfRedis_AndResumedByItsLastId()
    {
        await using var redis = await RedisUnderTest.StartAsync(new() { AppendOnly = true });
        await using var app = await StartAsync(redis.Port);
        using var stream = await OpenAsync(app);

        await WriteAsync(redis, 0, 3);
        List<StreamBlock> seen = [await stream.EventAsync(), await stream.EventAsync(), await stream.EventAsync()];
        await redis.KillAsync();
        await redis.StartAgainAsync();
        await WriteAsync(redis, 3, 6);
        while (seen.Count < 6)
            seen.Add(await stream.EventAsync());

        seen.Select(static e => e.Type).ShouldAllBe(static type => type == "log");
        seen.Select(static e => e.Data).ShouldBe(Enumerable.Range(0, 6).Select(static n => $$"""{"n": {{n}}, "message": "za\u017c\u00f3\u0142\u0107"}"""));
        var ids = (await redis.CliAsync("XRANGE", Key, "-", "+")).Split('\n').Where(static line => line.Contains('-', StringComparison.Ordinal) && !line.StartsWith('{'));
        seen.Select(static e => e.Id).ShouldBe(ids);
        // By the header, by the query, and in a process that was not there.
        await using var later = await StartAsync(redis.Port);
        using var byHeader = await OpenAsync(app, "", ("Last-Event-ID", seen[1].Id!));
        using var byQuery = await OpenAsync(app, $"?lastEventId={seen[1].Id}");
        using var elsewhere = await OpenAsync(later, "", ("Last-Event-ID", seen[1].Id!));
        foreach (var resumed in new[] { byHeader, byQuery, elsewhere })
        {
            foreach (var expected in seen.Skip(2))
                (await resumed.EventAsync()).Id.ShouldBe(expected.Id);
        }
    }

    [Fact]
    public async Task AnIdleStream_WhoseUpstreamFails_LosesNothing_WhenItsFirstEventComesAfterManyBlockTimes()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await using var proxy = CutProxy.Start(redis.Port);
        await using var app = await StartAsync(proxy.Port);
        // The stream does not exist yet.
        using var stream = await OpenAsync(app);
        await ManyBlockTimesAsync(redis);

        // Its first event falls into the failure.
        proxy.IsAway = true;
        proxy.Cut();
        var trouble = app.Services.GetRequiredService<HubRegistry>().Hub("logs");
        await Eventually.UntilAsync(() => trouble.Trouble is not null);
        await AddAsync(redis, 1);
        proxy.IsAway = false;

        (await stream.EventAsync()).Data.ShouldBe("""{"n": 1}""");
        // Once more, with a failure that nothing falls into, and many block times after it.
        proxy.Cut();
        await Eventually.UntilAsync(() => trouble.Trouble is null);
        await ManyBlockTimesAsync(redis);
        await AddAsync(redis, 2);
        (await stream.EventAsync()).Data.ShouldBe("""{"n": 2}""");
        // The same connection all the while, and what it was told as its position holds.
        using var resumed = await OpenAsync(app, "?lastEventId=earliest");
        (await resumed.EventAsync()).Data.ShouldBe("""{"n": 1}""");
        (await resumed.EventAsync()).Data.ShouldBe("""{"n": 2}""");
    }

    private static async Task<WebApplication> StartAsync(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        builder.Services.AddCurlew()
            .AddRedis(redis =>
            {
                redis.Configuration = $"127.0.0.1:{port}";
                redis.BlockTime = TimeSpan.FromMilliseconds(20);
            })
            .AddStream("logs", Key, type: "log");
        var app = builder.Build();
        app.MapEventStream("/v1/logs/stream", hub: "logs");
        await app.StartAsync(Deadline.Token);
        return app;
    }

    private static async Task<RawStream> OpenAsync(WebApplication app, string query = "", params (string Name, string Value)[] headers)
    {
        await Eventually.UntilAsync(() => app.Services.GetRequiredService<HubRegistry>().Hub("logs").IsReady);
        var stream = await RawStream.ConnectAsync(new Uri(app.Urls.Single()).Port, "/v1/logs/stream" + query, new RawStreamOptions { Headers = headers }, Deadline.Token);
        stream.Status.ShouldBe(200);
        (await stream.BlockAsync()).Retry.ShouldNotBeNull();
        return stream;
    }

    private static async Task WriteAsync(RedisUnderTest redis, int from, int to)
    {
        await using var python = ProgramUnderTest.Start(
            "/usr/bin/python3", ["-c", Writer, .. new[] { redis.Port, from, to }.Select(static n => n.ToString(CultureInfo.InvariantCulture))]);
        var code = await python.WaitForExitAsync();
        if (python.Error.Any(static line => line.Contains("No module named 'redis'", StringComparison.Ordinal)))
            Assert.Skip("python3-redis is not installed.");
        code.ShouldBe(0, string.Join('\n', python.Error));
    }

    private static Task<string> AddAsync(RedisUnderTest redis, int n) => redis.CliAsync("XADD", Key, "*", "payload", $$"""{"n": {{n}}}""");

    private static async Task ManyBlockTimesAsync(RedisUnderTest redis)
    {
        // Nobody else reads on this server.
        var before = await ReadsAsync(redis);
        await Eventually.UntilAsync(async () => await ReadsAsync(redis) >= before + 10);
    }

    private static async Task<int> ReadsAsync(RedisUnderTest redis)
    {
        var line = (await redis.CliAsync("INFO", "commandstats")).Split('\n').FirstOrDefault(static line => line.StartsWith("cmdstat_xread:", StringComparison.Ordinal));
        return line is null ? 0 : int.Parse(line.Split("calls=")[1].Split(',')[0], CultureInfo.InvariantCulture);
    }
}
