using System.Globalization;

namespace Curlew.Hub.EndToEndTests.CommandLine;

/// <summary><c>curlew tail</c>, a process of its own, against a hub that is one too.</summary>
public sealed class TailTests
{
    [Fact]
    public async Task Tail_ThroughCutConnections_LosesAndDoublesNothing()
    {
        const int Count = 600;
        await using var hub = await HubUnderTest.StartAsync();
        await using var link = CutProxy.Start(hub.Port);
        await using var tail = Start(link.Port, "--data-only", "--count", $"{Count}");
        await tail.WaitForLineAsync("connected to");
        var cuts = 0;
        for (var i = 0; i < Count; i += 20)
        {
            await hub.PublishBatchAsync("demo", Numbers(i, 20));
            if (i % 200 != 100)
                continue;
            // The hub asks for about three seconds; publishing goes on meanwhile, after the first cut.
            await Eventually.UntilAsync(() => Lines(tail, "connected") == cuts + 1);
            link.Cut().ShouldBe(1);
            cuts++;
        }

        (await tail.WaitForExitAsync()).ShouldBe(0, string.Join('\n', tail.Error));
        tail.Output.ShouldBe(Numbers(0, Count));
        Lines(tail, "connected again").ShouldBe(cuts);
        Lines(tail, "gap").ShouldBe(0);
    }

    /// <summary>The hub keeps its events in memory: what a restart loses is told.</summary>
    [Fact]
    public async Task Tail_ThroughARestartOfTheHub_TellsTheGapAndGoesOn()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var tail = Start(hub.Port, "--json", "--count", "4");
        await tail.WaitForLineAsync("connected to");
        await hub.PublishBatchAsync("demo", Numbers(0, 2));
        await Eventually.UntilAsync(() => tail.Output.Count == 2);

        await hub.KillAsync();
        await tail.WaitForLineAsync("again in");
        await hub.StartAgainAsync();
        await hub.PublishBatchAsync("demo", Numbers(2, 2));

        (await tail.WaitForExitAsync()).ShouldBe(0, string.Join('\n', tail.Error));
        tail.Output.Count.ShouldBe(5);
        tail.Output[2].ShouldContain("\"gap\":\"");
        tail.Output[3].ShouldContain("\"data\":\"2\"");
        tail.Output[4].ShouldContain("\"data\":\"3\"");
        Lines(tail, "gap (").ShouldBe(1);
    }

    [Theory]
    [InlineData(UnixSignal.Interrupt, 130)]
    [InlineData(UnixSignal.Terminate, 143)]
    public async Task Tail_OnASignal_EndsQuietly(UnixSignal signal, int exitCode)
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var tail = Start(hub.Port, "--quiet");
        await hub.OpenStreamsAsync(1);

        tail.Signal(signal);

        (await tail.WaitForExitAsync()).ShouldBe(exitCode);
        tail.Error.ShouldBeEmpty();
        await hub.OpenStreamsAsync(0);
    }

    [Fact]
    public async Task Tail_WhoseReaderIsGone_EndsQuietly()
    {
        await using var hub = await HubUnderTest.StartAsync();
        var command = $"{{ dotnet '{Repository.BuiltAssembly("Curlew.Hub")}' tail demo --hub {hub.Address} --data-only --quiet; echo \"ended $?\" >&2; }} | head -n 1";
        await using var shell = ProgramUnderTest.Start("bash", ["-c", command]);
        await hub.OpenStreamsAsync(1);
        await hub.PublishAsync("demo", "first");
        await shell.WaitForLineAsync("^first$");

        // Only writing shows that nobody reads.
        await Eventually.UntilAsync(async () =>
        {
            await hub.PublishAsync("demo", "more");
            return shell.HasExited;
        });

        (await shell.WaitForExitAsync()).ShouldBe(0);
        (shell.Output.ShouldHaveSingleItem(), shell.Error.ShouldHaveSingleItem()).ShouldBe(("first", "ended 0"));
    }

    private static ProgramUnderTest Start(int port, params string[] options) =>
        ProgramUnderTest.StartCurlew(["tail", "demo", "--hub", $"http://127.0.0.1:{port}", .. options]);

    private static int Lines(ProgramUnderTest program, string text) => program.Error.Count(line => line.Contains(text, StringComparison.Ordinal));

    private static IEnumerable<string> Numbers(int first, int count) => Enumerable.Range(first, count).Select(static number => number.ToString(CultureInfo.InvariantCulture));
}
