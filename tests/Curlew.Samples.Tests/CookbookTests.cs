using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Curlew.Samples.Tests;

/// <summary>Every recipe of docs/cookbook.md, over HTTP, against one running application.</summary>
public sealed class CookbookTests(CookbookTests.Cookbook cookbook) : IClassFixture<CookbookTests.Cookbook>
{
    private readonly Sample _sample = cookbook.Sample;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Counter() => (await ReadAsync("/counter")).Select(static e => e.Data).ShouldBe(Enumerable.Range(1, 10).Select(static i => $"Count: {i}"));

    [Fact]
    public async Task Live_data_goes_on_until_the_client_leaves()
    {
        using var stream = await _sample.OpenAsync("/live-data");
        DateTimeOffset last = default;
        foreach (var reading in await TakeAsync(stream, 3))
        {
            var time = (DateTimeOffset)JsonNode.Parse(reading.Data!)!["time"]!;
            time.ShouldBeGreaterThan(last);
            last = time;
        }
    }

    [Fact]
    public async Task Structured_events_with_a_welcome_status_and_the_end()
    {
        using var stream = await _sample.OpenAsync("/structured-events");
        var events = await ToEndAsync(stream);
        events.Select(static e => (e.Type, e.Id)).ShouldBe([("welcome", "0"), ("status", "1"), ("status", "2"), ("status", "3"), ("complete", "4")]);
        events[0].Retry.ShouldBe(5000);
        events.Select(static e => e.Data).ShouldBe(["""{"text":"Hello"}""", """{"step":1,"of":3}""", """{"step":2,"of":3}""", """{"step":3,"of":3}""", "done"]);
    }

    [Fact]
    public async Task A_long_stream_is_pinged_while_it_is_silent()
    {
        using var stream = await _sample.OpenAsync("/long-stream");
        (await stream.ReadBlockAsync(Cancel))!.Data.ShouldBe("The report is being written.");
        (await stream.ReadBlockAsync(Cancel))!.Comment.ShouldNotBeNull();
        (await stream.ReadEventAsync(Cancel))!.Data.ShouldBe("Here it is.");
    }

    [Fact]
    public async Task An_unforeseen_error_is_told_without_a_word_of_what()
    {
        var events = await ReadAsync("/errors/unforeseen");
        events.Select(static e => (e.EffectiveType, e.Data)).ShouldBe([("message", "101.5"), ("stream-error", """{"error":"The stream failed."}""")]);
    }

    [Fact]
    public async Task A_foreseen_error_is_an_event_of_its_own_type()
    {
        var events = await ReadAsync("/errors/foreseen");
        events.Select(static e => (e.EffectiveType, e.Data)).ShouldBe(
            [("message", "101.5"), ("market-closed", """{"message":"The market is closed.","opensAt":"09:00:00"}""")]);
    }

    [Fact]
    public async Task A_user_hears_what_is_for_him()
    {
        using (var anonymous = await _sample.RequestAsync("/me/messages"))
            anonymous.Status.ShouldBe(401);
        await _sample.PostAsync("/sign-in?user=ann");
        using var mine = await _sample.OpenAsync("/me/messages");

        await _sample.PostAsync("/users/bob/messages", new { text = "for bob" });
        await _sample.PostAsync("/users/ann/messages", new { text = "for ann" });

        (await mine.ReadEventAsync(Cancel))!.Data.ShouldBe("""{"text":"for ann"}""");
        (await ReadAsync("/me/greeting")).ShouldHaveSingleItem().Data.ShouldBe("Hello ann");
    }

    [Fact]
    public async Task A_file_is_read_line_by_line_and_resumes()
    {
        var lines = await File.ReadAllLinesAsync(VisitsPath, Cancel);
        (await ReadAsync("/visits")).Select(static e => e.Data).ShouldBe(lines);
        (await ReadAsync("/visits", ("Last-Event-ID", "117"))).Select(static e => e.Id).ShouldBe(["118", "119", "120"]);
    }

    [Fact]
    public async Task A_sequence_without_an_end_is_read_as_far_as_the_client_reads()
    {
        using var stream = await _sample.OpenAsync("/primes");
        (await TakeAsync(stream, 6)).Select(static e => e.Data).ShouldBe(["2", "3", "5", "7", "11", "13"]);
    }

    [Fact]
    public async Task A_list()
    {
        (await ReadAsync("/list")).Select(static e => (e.Id, e.EffectiveType, e.Data)).ShouldBe(
            [("1", "join", "Ann joined"), ("2", "message", "Hello\nBob"), ("3", "leave", "Ann left")]);
        (await ReadAsync("/list/objects")).Select(static e => e.Data).ShouldBe(["""{"x":1,"y":2}""", """{"x":3,"y":4}"""]);
    }

    [Fact]
    public async Task A_single_event()
    {
        var order = (await ReadAsync("/single")).ShouldHaveSingleItem();
        (order.Id, order.Type, order.Data).ShouldBe(("42", "order", """{"number":42,"state":"paid"}"""));
        (await ReadAsync("/single/text")).ShouldHaveSingleItem().Data.ShouldBe("Hello");
    }

    [Fact]
    public async Task A_flexible_generator()
    {
        var events = await ReadAsync("/flexible");
        events.Select(static e => (e.Id, e.EffectiveType, e.Data)).ShouldBe(
            [
                (null, "message", "text, as it is"),
                ("1", "dictionary", "[1,2]"),
                (null, "message", """{"without":"any of those keys"}"""),
                (null, "json", "from a JsonObject"),
                ("2", "alarm", """{"text":"The door is open"}"""),
                ("3", "item", "an SseItem"),
                (null, "message", """{"anything":"else is JSON"}"""),
            ]);
        events[1].Retry.ShouldBe(2000);
    }

    [Fact]
    public async Task Manual_headers_with_a_comment()
    {
        using var stream = await _sample.RequestAsync("/manual");
        stream.Headers["Content-Type"].ShouldBe("text/event-stream");
        stream.Headers["X-Accel-Buffering"].ShouldBe("no");
        stream.Headers["X-Model"].ShouldBe("manual");
        (await stream.ReadBlockAsync(Cancel))!.Comment.ShouldBe("written by hand");
        var note = (await stream.ReadEventAsync(Cancel))!;
        (note.Id, note.Type, note.Data).ShouldBe(("1", "note", "two\nlines"));
    }

    [Fact]
    public async Task Frequent_updates_are_a_few_events()
    {
        using var stream = await _sample.OpenAsync("/prices");
        var (prices, events) = (0, 0);
        for (; prices < 1000; events++)
        {
            var batch = JsonNode.Parse((await stream.ReadEventAsync(Cancel))!.Data!)!.AsArray();
            batch.Count.ShouldBeInRange(1, 100);
            prices += batch.Count;
        }

        events.ShouldBeLessThan(100, "A thousand prices are a dozen events, and a few more where the machine is slow.");
    }

    [Theory]
    [InlineData("/chapters", "1,2,3,4,5")]
    [InlineData("/chapters?lastEventId=3", "4,5")]
    [InlineData("/chapters?lastEventId=5", "")]
    [InlineData("/chapters?lastEventId=-7", "1,2,3,4,5")]
    [InlineData("/chapters?lastEventId=nonsense", "1,2,3,4,5")]
    public async Task Reconnecting_by_hand(string target, string ids)
    {
        var events = await ReadAsync(target);
        string.Join(',', events.Where(static e => e.Type == "chapter").Select(static e => e.Id)).ShouldBe(ids);
        events[^1].Type.ShouldBe("end");
    }

    [Fact]
    public async Task A_collected_stream_has_a_length()
    {
        using var stream = await _sample.RequestAsync("/collected");
        var length = int.Parse(stream.Headers["Content-Length"], CultureInfo.InvariantCulture);
        var body = await stream.ReadToEndAsync(Cancel);
        body.Length.ShouldBe(length);
        body.ShouldEndWith("data: 1\n\ndata: 2\n\ndata: 3\n\n");
    }

    [Fact]
    public async Task Text_arrives_line_by_line()
    {
        using var response = await _sample.Client.GetAsync("/text", HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
        (await reader.ReadLineAsync(Cancel)).ShouldBe("line 1");
        (await reader.ReadToEndAsync(Cancel)).ShouldBe("line 2\nline 3\nline 4\nline 5\n");
        (await _sample.Client.GetByteArrayAsync("/binary", Cancel)).Chunk(64 * 1024).Select(static block => block.Distinct().Single())
            .ShouldBe(Enumerable.Range(0, 16).Select(static number => (byte)number));
    }

    [Fact]
    public async Task JSON_lines_arrive_one_by_one()
    {
        using var response = await _sample.Client.GetAsync("/rows.ndjson", HttpCompletionOption.ResponseHeadersRead, Cancel);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/x-ndjson");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
        for (var number = 1; number <= 5; number++)
            (await reader.ReadLineAsync(Cancel)).ShouldBe($$"""{"number":{{number}},"text":"row {{number}}"}""");
        (await reader.ReadLineAsync(Cancel)).ShouldBeNull();
        JsonNode.Parse(await _sample.GetAsync("/rows.json"))!.AsArray().Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_download_goes_on_where_it_was()
    {
        var file = await File.ReadAllBytesAsync(VisitsPath, Cancel);
        using var whole = await _sample.Client.GetAsync("/download", Cancel);
        whole.Content.Headers.ContentDisposition!.FileName.ShouldBe("visits.log");
        whole.Headers.AcceptRanges.ShouldBe(["bytes"]);
        (await whole.Content.ReadAsByteArrayAsync(Cancel)).ShouldBe(file);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/download") { Headers = { Range = new RangeHeaderValue(100, null) } };
        using var rest = await _sample.Client.SendAsync(request, Cancel);
        ((int)rest.StatusCode).ShouldBe(206);
        (await rest.Content.ReadAsByteArrayAsync(Cancel)).ShouldBe(file[100..]);
    }

    [Fact]
    public async Task A_table_is_made_while_it_is_sent()
    {
        using var response = await _sample.Client.GetAsync("/export.csv", HttpCompletionOption.ResponseHeadersRead, Cancel);
        response.Content.Headers.ContentLength.ShouldBeNull();
        response.Content.Headers.ContentDisposition!.FileName.ShouldBe("squares.csv");
        var lines = (await response.Content.ReadAsStringAsync(Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        (lines.Length, lines[0], lines[^1]).ShouldBe((10_001, "number,square", "10000,100000000"));
    }

    private static string VisitsPath => Repository.PathOf("samples/Cookbook/Data/visits.log");

    private async Task<List<StreamBlock>> ReadAsync(string target, params (string Name, string Value)[] headers)
    {
        using var stream = await _sample.OpenAsync(target, headers);
        return await ToEndAsync(stream);
    }

    private static async Task<List<StreamBlock>> ToEndAsync(RawStream stream)
    {
        var events = new List<StreamBlock>();
        while (await stream.ReadEventAsync(Cancel) is { } e)
            events.Add(e);
        return events;
    }

    private static async Task<List<StreamBlock>> TakeAsync(RawStream stream, int count)
    {
        var events = new List<StreamBlock>();
        while (events.Count < count)
            events.Add((await stream.ReadEventAsync(Cancel))!);
        return events;
    }

    /// <summary>The application, started once for all tests.</summary>
    public sealed class Cookbook : IAsyncLifetime
    {
        internal Sample Sample { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Sample = await Sample.StartAsync("Cookbook");

        public ValueTask DisposeAsync() => Sample.DisposeAsync();
    }
}
