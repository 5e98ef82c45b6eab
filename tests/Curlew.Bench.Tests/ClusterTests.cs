using Curlew.Bench.Cluster;

namespace Curlew.Bench.Tests;

/// <summary>The command that kills one of two processes, and the one that counts what Redis has to do, both tiny. Nothing here is about time.</summary>
public sealed class ClusterTests
{
    private static readonly KillResult Complete = new()
    {
        Published = 10,
        Expected = 20,
        Received = 20,
        Seconds = 1,
        Clients = 1,
        Reconnects = 1,
        CatchUpSeconds = 0.1,
        MovedPublishers = 1,
        Ended = 0,
        Gaps = 0,
        Lost = 0,
        Repeated = 0,
        Wrong = 0,
    };

    [Fact]
    public async Task Run_AProcessIsKilled_ItsClientsAndPublishersGoOnAtTheOtherAndMissNothing()
    {
        var (exit, rows, text) = await RunAsync(new() { Clients = 20, Topics = 5, Rate = 100, Duration = TimeSpan.FromSeconds(1) });

        exit.ShouldBe(0, text);
        Row("clients of the killed process").ShouldBe("10");
        Row("clients that came back").ShouldBe("10");
        Row("publishers that went on at the other").ShouldBe("2");
        Row("deliveries").ShouldBe(Row("deliveries expected"));
        foreach (var name in new[] { "gaps", "lost", "repeated or out of order", "wrong", "other streams that ended" })
            Row(name).ShouldBe("0", name);

        string Row(string name) => rows.Single(row => row[0] == name)[1];
    }

    [Fact]
    public async Task Run_CountingRedis_TheNumberOfConnectionsIsThatOfTheProcessNotOfItsClients()
    {
        var (exit, rows, text) = await RunAsync(new() { CountsRedis = true, CountedClients = [4, 40], CountedRate = 20, Duration = TimeSpan.FromMilliseconds(300) });

        exit.ShouldBe(0, text);
        rows.Skip(1).Select(static row => (row[0], row[1], row[2])).ShouldBe([("4", "0", "2"), ("4", "20", "2"), ("40", "0", "2"), ("40", "20", "2")]);
    }

    [Fact]
    public void Result_OfEverythingOnceAndInOrder_IsComplete() => Complete.IsComplete.ShouldBeTrue();

    [Fact]
    public void Result_OfAnythingElse_IsNot()
    {
        KillResult[] others =
        [
            Complete with { Reconnects = 0 }, Complete with { Ended = 1 }, Complete with { Gaps = 1 },
            Complete with { Lost = 1 }, Complete with { Repeated = 1 }, Complete with { Wrong = 1 },
        ];

        others.ShouldAllBe(static result => !result.IsComplete);
    }

    [Fact]
    public void Calls_OfRedis_AreReadByCommandWithoutOurOwn() =>
        RedisConnection.ParseCalls("# Commandstats\r\ncmdstat_xread:calls=12,usec=3,usec_per_call=1.00\r\ncmdstat_xinfo|stream:calls=3,usec=4\r\ncmdstat_client|list:calls=9,usec=1\r\n")
            .ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { ["xread"] = 12, ["xinfo|stream"] = 3 }, ignoreOrder: true);

    [Fact]
    public void Commands_OfAProcess_AreToldApartFromThoseOfItsScripts()
    {
        var use = new RedisUse(1, 1, 2, new Dictionary<string, double>(StringComparer.Ordinal) { ["evalsha"] = 2, ["xread"] = 1, ["xadd"] = 4, ["xrange"] = 8 });

        (use.Commands, use.CommandsOfScripts).ShouldBe((3, 12));
    }

    private static async Task<(int Exit, string[][] Rows, string Text)> RunAsync(Plan plan)
    {
        using var output = new StringWriter();
        using var progress = new StringWriter();

        var exit = await Task.Run(() => ClusterCommand.Run(plan, output, progress, TestContext.Current.CancellationToken));

        return (exit, [.. ResultTableTests.RowsOf(output.ToString())], $"{progress}\n{output}");
    }
}
