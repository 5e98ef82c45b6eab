using System.Globalization;

namespace Curlew.Hub.EndToEndTests.CommandLine;

/// <summary><c>curlew publish</c> and <c>curlew pipe</c>, processes of their own, against a hub that is one too.</summary>
public sealed class PublishAndPipeTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    private static int s_topics;

    private readonly HubUnderTest _hub = fixture.Hub;
    private readonly string _topic = $"lines/{Interlocked.Increment(ref s_topics)}";

    [Fact]
    public async Task Publish_PrintsTheIdAndTheEventIsThere()
    {
        using var stream = await _hub.SubscribeAsync($"topic={_topic}");

        var (exitCode, output, _) = await RunAsync(["publish", _topic, "größer, {\"a\":1}", "--type", "greeting", "--key", _topic]);
        var again = await RunAsync(["publish", _topic, "another", "--key", _topic]);

        var e = await stream.EventAsync();
        (exitCode, e.Data, e.Type).ShouldBe((0, "größer, {\"a\":1}", "greeting"));
        output.ShouldBe([e.Id!]);
        again.Output.ShouldBe([e.Id!]);
    }

    [Fact]
    public async Task Publish_OfStandardInput_IsAllOfIt()
    {
        using var stream = await _hub.SubscribeAsync($"topic={_topic}");
        (await RunAsync(["publish", _topic, "-"], "two\nlines\n")).ExitCode.ShouldBe(0);
        (await stream.EventAsync()).Data.ShouldBe("two\nlines\n");
    }

    [Fact]
    public async Task Publish_ThatIsRefused_SaysTheField()
    {
        var (exitCode, output, error) = await RunAsync(["publish", "a/*", "x"]);
        exitCode.ShouldBe(1);
        output.ShouldBeEmpty();
        string.Join('\n', error).ShouldContain("topic: ");
    }

    [Fact]
    public async Task Publish_ToNobody_SaysHowToStartAHub()
    {
        await using var program = ProgramUnderTest.StartCurlew(["publish", "a", "x", "--hub", $"http://127.0.0.1:{FreePort.Next()}"]);
        (await program.WaitForExitAsync()).ShouldBe(1);
        program.Error.ShouldHaveSingleItem().ShouldContain("curlew serve");
    }

    [Theory]
    [InlineData("one\ntwo\nthree\n", new[] { "one", "two", "three" })]
    [InlineData("one\r\ntwo\r\nthree", new[] { "one", "two", "three" })]
    [InlineData("\n\none\n\n", new[] { "", "", "one", "" })]
    [InlineData("mixed\r\nends\nand a \r inside\r\n\r\nlast", new[] { "mixed", "ends", "and a \n inside", "", "last" })]
    [InlineData("{\"json\": \"stays text\"}\n", new[] { "{\"json\": \"stays text\"}" })]
    [InlineData("größer\t🐦\n", new[] { "größer\t🐦" })]
    [InlineData("", new string[0])]
    public async Task Pipe_MakesEveryLineAnEvent(string input, string[] lines)
    {
        (await RunAsync(["pipe", _topic, "--type", "line"], input)).ExitCode.ShouldBe(0);
        await _hub.PublishAsync(_topic, "last", "line");

        using var stream = await _hub.SubscribeAsync($"topic={_topic}&type=line&lastEventId=earliest");
        // A lone CR is data to pipe, and a line break to the format.
        (await stream.DataAsync(lines.Length + 1)).ShouldBe([.. lines, "last"]);
    }

    [Fact]
    public async Task Pipe_OfManyLines_KeepsTheirOrder()
    {
        var lines = LogLines.Make(20_000, new Random(1)).ToArray();
        (await RunAsync(["pipe", _topic, "--batch-size", "333"], string.Join('\n', lines))).ExitCode.ShouldBe(0);

        using var stream = await _hub.SubscribeAsync($"topic={_topic}&lastEventId=earliest");
        (await stream.DataAsync(lines.Length)).ShouldBe(lines);
    }

    [Fact]
    public async Task Pipe_ByRate_TakesItsTime()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        (await RunAsync(["pipe", _topic, "--rate", "100"], string.Join('\n', LogLines.Make(150, new Random(1))))).ExitCode.ShouldBe(0);
        clock.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(1.4));
    }

    [Fact]
    public async Task Pipe_WithBatchesBeyondTheHubsLimit_SplitsThem()
    {
        await using var hub = await HubUnderTest.StartAsync("Curlew:MaxEventBytes=1000", "Curlew:MaxBatchBytes=2000");
        var lines = LogLines.Make(2000, new Random(1)).ToArray();

        (await RunAsync(["pipe", _topic, "--batch-size", "5000"], string.Join('\n', lines), hub.Port)).ExitCode.ShouldBe(0);

        using var stream = await hub.SubscribeAsync($"topic={_topic}&lastEventId=earliest");
        (await stream.DataAsync(lines.Length)).ShouldBe(lines);
        hub.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Pipe_WithALineThatTheHubRefuses_NamesItAndStops()
    {
        await using var hub = await HubUnderTest.StartAsync("Curlew:MaxEventBytes=100");
        var (exitCode, _, error) = await RunAsync(["pipe", _topic], $"one\ntwo\n{new string('x', 101)}\nfour\n", hub.Port);
        exitCode.ShouldBe(1);
        string.Join('\n', error).ShouldContain("line 3");
    }

    [Fact]
    public async Task Pipe_OverALinkThatIsCut_LosesAndDoublesNothing()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var lines = LogLines.Make(4000, random).ToArray();
        await using var link = CutProxy.Start(_hub.Port);
        using var stream = await _hub.SubscribeAsync($"topic={_topic}");
        await using var pipe = StartPipe(link.Port, "--rate", "2000", "--batch-delay", "5ms");
        var feeding = FeedAsync(pipe, string.Join('\n', lines));
        var received = new List<string>();
        var nextCut = 100;
        while (received.Count < lines.Length)
        {
            received.Add((await stream.EventAsync()).Data!);
            if (received.Count < nextCut)
                continue;
            // Now in the middle of a request, now after the hub has stored it and before pipe hears of it, now for a while.
            nextCut += random.Next(50, 400);
            switch (random.Next(4))
            {
                case 0:
                    link.CutAnswers(random.Next(1, 4));
                    break;
                case 1:
                    link.Stall();
                    await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 50)), Deadline.Token);
                    link.Cut();
                    link.Resume();
                    break;
                case 2:
                    link.IsAway = true;
                    link.Cut();
                    await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 300)), Deadline.Token);
                    link.IsAway = false;
                    break;
                default:
                    link.Cut();
                    break;
            }
        }

        await feeding;
        (await pipe.WaitForExitAsync()).ShouldBe(0, string.Join('\n', pipe.Error));
        await _hub.PublishAsync(_topic, "last");
        received.Add((await stream.EventAsync()).Data!);
        received.ShouldBe([.. lines, "last"]);
        link.Cuts.ShouldBeGreaterThan(3);
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{link.Cuts} cuts, {link.Connections} connections"));
    }

    [Fact]
    public async Task Pipe_WhoseHubCrashes_GoesOnWithTheNext()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var pipe = StartPipe(hub.Port, "--batch-size", "1");
        await pipe.Input.WriteAsync("before\n");
        await pipe.Input.FlushAsync(Deadline.Token);
        await Eventually.UntilAsync(async () => await hub.MetricAsync("curlew_events_published_total") == 1);

        await hub.KillAsync();
        await pipe.Input.WriteAsync("meanwhile\n");
        await pipe.Input.FlushAsync(Deadline.Token);
        await pipe.WaitForLineAsync("retrying");
        await hub.StartAgainAsync();
        using var stream = await hub.SubscribeAsync($"topic={_topic}&lastEventId=earliest");
        await pipe.Input.WriteAsync("after\n");
        pipe.Input.Close();

        (await pipe.WaitForExitAsync()).ShouldBe(0);
        (await stream.DataAsync(2)).ShouldBe(["meanwhile", "after"]);
    }

    private static async Task FeedAsync(ProgramUnderTest program, string input)
    {
        await program.Input.WriteAsync(input.AsMemory(), Deadline.Token);
        program.Input.Close();
    }

    private ProgramUnderTest StartPipe(int port, params string[] options) =>
        ProgramUnderTest.StartCurlew(["pipe", _topic, "--hub", $"http://127.0.0.1:{port}", .. options]);

    private async Task<(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Error)> RunAsync(string[] arguments, string input = "", int? port = null)
    {
        await using var program = ProgramUnderTest.StartCurlew([.. arguments, "--hub", $"http://127.0.0.1:{port ?? _hub.Port}"]);
        await FeedAsync(program, input);
        return (await program.WaitForExitAsync(), program.Output, program.Error);
    }
}
