using System.Text;
using Curlew.Hub.CommandLine;
using Curlew.Hub.Publishing;
using Curlew.Testing;

namespace Curlew.Hub.Tests.Publishing;

/// <summary>The whole way from a stream of lines to a server on a real socket that misbehaves.</summary>
public sealed class LinePipeTests : IAsyncLifetime, IDisposable
{
    private const string Unavailable = """{"title":"The store is away"}""";

    private readonly ImpatientTime _time = new();
    private readonly TestTerminal _terminal = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private PipeReport _report = null!;
    private ScriptedHub _hub = null!;

    public async ValueTask InitializeAsync()
    {
        _report = new PipeReport(_terminal.Terminal, "topic", isQuiet: false, _time);
        _hub = await ScriptedHub.StartAsync();
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("", 0)]
    [InlineData("one", 1)]
    [InlineData("one\n", 1)]
    [InlineData("one\r\n\r\nthree\n\n", 4)]
    public async Task Every_line_becomes_an_event_the_empty_ones_too(string input, int events)
    {
        await RunAsync(input);

        _hub.Stored.Count.ShouldBe(events);
        _report.Lines.ShouldBe(events);
        string.Concat(_hub.Stored).ShouldBe(input.ReplaceLineEndings(""));
    }

    [Fact]
    public async Task Through_every_kind_of_outage_each_line_is_stored_once_and_in_order()
    {
        var lines = Enumerable.Range(1, 2_000).Select(i => $"line {i}").ToArray();
        var random = new Random(20260131);
        for (var i = 0; i < 60; i++)
        {
            _hub.Script.Enqueue(random.Next(6) switch
            {
                0 => ScriptedHub.CutBeforeStoring,
                1 => ScriptedHub.CutAfterStoring,
                2 => ScriptedHub.Answer(503, Unavailable),
                3 => ScriptedHub.Answer(429, retryAfter: "1"),
                4 => ScriptedHub.Answer(500, "", "text/plain"),
                _ => ScriptedHub.Store,
            });
        }

        await RunAsync(string.Join("\r\n", lines), batchSize: 37);

        _hub.Stored.ShouldBe(lines);
        _hub.Script.ShouldBeEmpty();
        _report.Lines.ShouldBe(lines.Length);
        var requests = _hub.Requests.ToArray();
        var batches = requests.Where((request, i) => i == 0 || request.Key != requests[i - 1].Key).ToArray();
        batches.Length.ShouldBe((lines.Length + 36) / 37, "a batch is acknowledged before the next is sent, and split by nothing but its size");
        requests.DistinctBy(request => (request.Key, request.Body)).Count().ShouldBe(batches.Length, "a key stands for one body");
    }

    [Fact]
    public async Task Retry_after_is_honoured_and_the_outage_noted_once()
    {
        _hub.Script.Enqueue(ScriptedHub.Answer(503, Unavailable, retryAfter: "7"));
        _hub.Script.Enqueue(ScriptedHub.Answer(503, Unavailable, retryAfter: "7"));
        _hub.Script.Enqueue(ScriptedHub.Answer(503, Unavailable, retryAfter: "Thu, 01 Jan 1970 00:01:00 GMT"));

        await RunAsync("line");

        _hub.Stored.ShouldBe(["line"]);
        var waits = Waits();
        waits.Length.ShouldBe(3);
        waits[0].TotalSeconds.ShouldBeInRange(7, 7.1);
        waits[1].TotalSeconds.ShouldBeInRange(7, 7.2);
        waits.Aggregate(TimeSpan.Zero, (sum, wait) => sum + wait).TotalSeconds.ShouldBeInRange(59, 60.5);
        _terminal.Error.ReplaceLineEndings("\n").ShouldMatch(@"^curlew: The store is away \(503\); retrying…\ncurlew: back after 1m\n$");
    }

    [Fact]
    public async Task An_outage_longer_than_agreed_ends_it()
    {
        for (var i = 0; i < 1000; i++)
            _hub.Script.Enqueue(ScriptedHub.Answer(503, Unavailable));

        var failure = await Should.ThrowAsync<CommandFailedException>(() => RunAsync("a\nb\nc\nd\n", batchSize: 2, giveUp: TimeSpan.FromMinutes(1)));

        failure.Message.ShouldContain("The store is away (503)");
        failure.Message.ShouldContain("lines 1 to 2 may or may not have been published");
        Waits().Aggregate(TimeSpan.Zero, (sum, wait) => sum + wait).TotalSeconds.ShouldBeInRange(50, 60);
        _hub.Requests.Select(request => request.Key).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_refusal_is_final_and_names_the_lines_and_the_fields()
    {
        _hub.Script.Enqueue(ScriptedHub.Store);
        _hub.Script.Enqueue(ScriptedHub.Answer(400, """{"title":"Not valid","errors":{"topics[0]":["is a pattern"]}}"""));

        var failure = await Should.ThrowAsync<CommandFailedException>(() => RunAsync("a\nb\nc\nd\n", batchSize: 2));

        failure.Message.ShouldBe("lines 3 to 4 refused: Not valid (400)\n  topics[0]: is a pattern");
        _hub.Requests.Count.ShouldBe(2);
        _hub.Stored.ShouldBe(["a", "b"]);
        Waits().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_line_too_large_for_the_hub_is_named_with_the_limit_after_all_before_it_were_published()
    {
        _hub.MaxEventBytes = 100;
        var lines = Enumerable.Range(1, 50).Select(i => i == 33 ? new string('x', 101) : $"line {i}").ToArray();

        var failure = await Should.ThrowAsync<CommandFailedException>(() => RunAsync(string.Join('\n', lines)));

        failure.Message.ShouldBe("line 33 is too large for the hub: Event too large (413): An event may have 100 bytes.");
        _hub.Stored.ShouldBe(lines[..32]);
    }

    [Fact]
    public async Task A_batch_too_large_for_the_hub_is_sent_in_parts()
    {
        _hub.Script.Enqueue(ScriptedHub.Answer(413));
        _hub.Script.Enqueue(ScriptedHub.Answer(413));
        _hub.Script.Enqueue(ScriptedHub.CutAfterStoring);

        await RunAsync("1\n2\n3\n4\n5\n");

        _hub.Stored.ShouldBe(["1", "2", "3", "4", "5"]);
        _report.Lines.ShouldBe(5);
    }

    [Fact]
    public async Task Input_without_lines_ends_before_it_fills_the_memory_after_all_before_it_was_published()
    {
        await using var input = new MemoryStream([.. "first\n"u8, .. new byte[LinePipe.MaxLineBytes + 1]]);

        var failure = await Should.ThrowAsync<CommandFailedException>(() => RunAsync(input));

        failure.Message.ShouldStartWith("line 2 is longer than 16 MiB");
        _hub.Stored.ShouldBe(["first"]);
    }

    [Fact]
    public async Task Input_that_breaks_fails_after_its_whole_lines_were_published()
    {
        await using var input = new ScriptedInput("first\nsec"u8.ToArray()) { AtEnd = () => throw new IOException("the disk is gone") };

        var failure = await Should.ThrowAsync<CommandFailedException>(() => RunAsync(input));

        failure.Message.ShouldBe("standard input cannot be read: the disk is gone");
        _hub.Stored.ShouldBe(["first"]);
    }

    [Fact]
    public async Task A_stop_sends_the_whole_lines_that_were_read_although_the_input_goes_on()
    {
        using var stop = new CancellationTokenSource();
        // Reads of standard input cannot be cancelled; neither can this one.
        await using var input = new ScriptedInput("first\nsecond\nthi"u8.ToArray())
        {
            AtEnd = async () =>
            {
                await stop.CancelAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
            },
        };

        await RunAsync(input, pacer: new Pacer(1_000_000, _time), stop: stop.Token);

        _hub.Stored.ShouldBe(["first", "second"]);
    }

    [Fact]
    public async Task The_command_publishes_its_input_and_sums_up()
    {
        var terminal = new TestTerminal("one\ntwo\n");

        (await terminal.RunAsync("pipe", "logs/web", "--type", "line", "--hub", _hub.Address.ToString())).ShouldBe(0, terminal.Error);

        _hub.Stored.ShouldBe(["one", "two"]);
        var first = _hub.Requests.First().Events[0];
        first.GetProperty("topics")[0].GetString().ShouldBe("logs/web");
        first.GetProperty("type").GetString().ShouldBe("line");
        terminal.Error.ShouldMatch(@"^curlew: 2 lines published to logs/web in [\d.]+m?s \([\d,]+/s\)\r?\n$");
        terminal.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_quiet_command_that_fails_prints_the_failure_only()
    {
        _hub.Script.Enqueue(ScriptedHub.Answer(403, """{"title":"Not yours"}"""));
        var terminal = new TestTerminal("one\n");

        (await terminal.RunAsync("pipe", "topic", "--quiet", "--hub", _hub.Address.ToString())).ShouldBe(1);

        terminal.Error.ShouldBe("curlew: line 1 refused: Not yours (403)" + Environment.NewLine);
    }

    private TimeSpan[] Waits() => [.. _time.Waits.Where(wait => wait > TimeSpan.Zero)];

    private Task RunAsync(string input, int batchSize = 500, TimeSpan? giveUp = null) =>
        RunAsync(new MemoryStream(Encoding.UTF8.GetBytes(input)), batchSize, giveUp);

    private async Task RunAsync(Stream input, int batchSize = 500, TimeSpan? giveUp = null, Pacer? pacer = null, CancellationToken stop = default)
    {
        // The delay of batches has a clock that stands still: here batches are sent when full, or at the end.
        using var batcher = new LineBatcher(new BatchLimits(batchSize, TimeSpan.FromSeconds(1)), new LineEncoder("topic", null), new ManualTimeProvider());
        var sender = new BatchSender(
            _client, new Uri(_hub.Address, "/events"), "run", new RetryPolicy(giveUp ?? TimeSpan.FromMinutes(10)), _report, _time, new Random(1));
        await new LinePipe(batcher, sender, pacer).RunAsync(input, stop).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }
}
