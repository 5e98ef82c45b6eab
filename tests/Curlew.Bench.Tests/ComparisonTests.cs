using Curlew.Bench.Fanout;
using Curlew.Bench.Fanout.Servers;
using Xunit.Sdk;

namespace Curlew.Bench.Tests;

/// <summary>The benchmark itself, tiny: that it runs, checks and reports. Nothing here is about time.</summary>
public sealed class ComparisonTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("curlew-bench-tests-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Run_AgainstCurlewThePlatformAndTheFloor_ReportsCompleteStreams()
    {
        var (servers, table) = await RunAsync(["curlew", "aspnetcore", "floor"], ["paced"]);

        table.ShouldBe(servers.Select(static server => ("paced", server, "complete")), ignoreOrder: true);
        var report = await File.ReadAllTextAsync(Path.Combine(_directory.FullName, "RESULTS.md"), TestContext.Current.CancellationToken);
        report.ShouldContain("| paced ");
        report.ShouldContain("](plots/paced.svg)");
        File.Exists(Path.Combine(_directory.FullName, "plots/paced.svg")).ShouldBeTrue();
    }

    [Fact]
    public async Task Run_WhatAServerCannotDo_IsNotApplicable()
    {
        var (servers, table) = await RunAsync(["curlew", "floor"], ["filters-many", "replay"]);

        table.ShouldBe(
            from scenario in new[] { "filters-many", "replay" }
            from server in servers
            select (scenario, server, server == "floor" ? "n/a" : "complete"),
            ignoreOrder: true);
    }

    [Fact]
    public async Task Run_AgainstTwoProcessesThatShareARedis_ReportsCompleteStreamsAndWhatRedisTook()
    {
        var (_, table) = await RunAsync(["curlew-redis"], ["replay"]);

        table.ShouldBe([("replay", "curlew-redis", "complete")]);
        (await File.ReadAllTextAsync(Path.Combine(_directory.FullName, "RESULTS.md"), TestContext.Current.CancellationToken)).ShouldContain("| of it Redis |");
    }

    [Fact]
    public async Task Run_OtherShapesOfLoad_ReportsCompleteStreams()
    {
        var (servers, table) = await RunAsync(["floor"], ["saturated", "publishers", "wide", "large", "stalled"]);

        table.Length.ShouldBe(5 * servers.Length);
        table.ShouldAllBe(static row => row.Result == "complete");
    }

    /// <returns>The servers that could be run, and the table's scenario, server and result.</returns>
    private async Task<(string[] Servers, (string Scenario, string Server, string Result)[] Table)> RunAsync(string[] servers, string[] scenarios)
    {
        if (!OperatingSystem.IsLinux())
            throw SkipException.ForSkip("The benchmark reads /proc and waits with epoll.");
        servers = [.. servers.Where(static name => Peers.All.Single(peer => peer.Name == name).FindMissing() is null)];
        if (servers.Length == 0)
            throw SkipException.ForSkip("What would be run is not installed.");
        var plan = new Plan
        {
            Servers = servers,
            Scenarios = scenarios,
            Rounds = 1,
            Streams = 10,
            Rate = 50,
            Settings = new()
            {
                Measure = TimeSpan.FromMilliseconds(300),
                WarmUp = TimeSpan.FromMilliseconds(50),
                Settle = TimeSpan.FromMilliseconds(50),
                Idle = TimeSpan.Zero,
            },
            Directory = _directory.FullName,
            Command = "the tests",
        };
        using var output = new StringWriter();
        using var progress = new StringWriter();

        var exit = await Task.Run(() => FanoutCommand.Run(plan, output, progress, TestContext.Current.CancellationToken));

        exit.ShouldBe(0, $"{progress}\n{output}");
        return (servers, [.. ResultTableTests.RowsOf(output.ToString()).Select(static row => (row[0], row[1], row[^1]))]);
    }
}
