using System.Collections.Immutable;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

#pragma warning disable MA0002 // The dictionaries are as a user writes them.
namespace Curlew.AspNetCore.Tests.Streams;

/// <summary>What may be a source, and what each item of it becomes. Also the compiled proof of which overload a call means.</summary>
public sealed partial class SourceTests
{
    private static readonly Row[] Rows = [new("a", 1), new("b", 2)];

    [Fact]
    public Task Text_is_sent_as_it_is() => ShouldSendAsync(
        TypedResults.EventStream(Async("one", "two\nlines", "")), "data: one\n\n", "data: two\ndata: lines\n\n", "data: \n\n");

    [Fact]
    public Task Objects_are_sent_as_JSON_by_the_applications_options() => ShouldSendAsync(
        TypedResults.EventStream(Async(Rows)), """data: {"NAME":"a","COUNT":1}""" + "\n\n", """data: {"NAME":"b","COUNT":2}""" + "\n\n");

    [Fact]
    public Task Objects_are_sent_with_the_metadata_given() => ShouldSendAsync(
        TypedResults.EventStream(Async(Rows), RowJson.Default.Row), """data: {"Name":"a","Count":1}""" + "\n\n", """data: {"Name":"b","Count":2}""" + "\n\n");

    [Fact]
    public Task Events_have_type_id_and_retry() => ShouldSendAsync(
        TypedResults.EventStream(Async(
            new SseItem<string>("plain"),
            new SseItem<string>("x", "greeting") { EventId = "7", ReconnectionInterval = TimeSpan.FromSeconds(2) })),
        "data: plain\n\n",
        "id: 7\nevent: greeting\nretry: 2000\ndata: x\n\n");

    [Fact]
    public Task Events_have_data_as_JSON() => ShouldSendAsync(
        TypedResults.EventStream(Async(new SseItem<Row>(Rows[0], "row"))), "event: row\n" + """data: {"NAME":"a","COUNT":1}""" + "\n\n");

    [Fact]
    public Task Events_have_data_as_JSON_with_the_metadata_given() => ShouldSendAsync(
        TypedResults.EventStream(Async(new SseItem<Row>(Rows[0], "row")), RowJson.Default.Row), "event: row\n" + """data: {"Name":"a","Count":1}""" + "\n\n");

    [Fact]
    public Task Numbers_and_nulls_are_JSON() => ShouldSendAsync(TypedResults.EventStream(Async<int?>(1, null)), "data: 1\n\n", "data: null\n\n");

    [Fact]
    public Task A_null_text_is_an_event_without_data() => ShouldSendAsync(TypedResults.EventStream(Async<string?>("a", null)), "data: a\n\n", "data: \n\n");

    [Fact]
    public Task Bytes_are_text() => ShouldSendAsync(TypedResults.EventStream(Async<byte[]>("é"u8.ToArray())), "data: é\n\n");

    [Fact]
    public Task A_derived_class_is_sent_as_what_it_is() => ShouldSendAsync(
        TypedResults.EventStream(Async<Row>(new NamedRow("a", 1, "b"))), """data: {"TITLE":"b","NAME":"a","COUNT":1}""" + "\n\n");

    [Fact]
    public Task A_list_is_as_many_events() => ShouldSendAsync(TypedResults.EventStream(new List<string> { "a", "b" }), "data: a\n\n", "data: b\n\n");

    [Fact]
    public Task An_array_is_as_many_events() => ShouldSendAsync(
        TypedResults.EventStream(Rows), """data: {"NAME":"a","COUNT":1}""" + "\n\n", """data: {"NAME":"b","COUNT":2}""" + "\n\n");

    [Fact]
    public Task A_collection_expression_is_as_many_events() => ShouldSendAsync(TypedResults.EventStream(["a", "b"]), "data: a\n\n", "data: b\n\n");

    [Fact]
    public Task A_list_of_events_is_as_many_events() => ShouldSendAsync(
        TypedResults.EventStream(new[] { new SseItem<string>("a", "x"), new SseItem<string>("b") }), "event: x\ndata: a\n\n", "data: b\n\n");

    [Fact]
    public Task A_list_of_lists_is_an_event_for_each_inner_one() => ShouldSendAsync(
        TypedResults.EventStream(new List<string[]> { new[] { "a", "b" } }), """data: ["a","b"]""" + "\n\n");

    [Fact]
    public Task An_enumerable_is_as_many_events() => ShouldSendAsync(TypedResults.EventStream(Rows.Select(static row => row.Name)), "data: a\n\n", "data: b\n\n");

    [Fact]
    public Task A_text_is_one_event() => ShouldSendAsync(TypedResults.EventStream("one"), "data: one\n\n");

    [Fact]
    public Task An_event_is_one_event() => ShouldSendAsync(TypedResults.EventStream(new SseItem<string>("a", "x")), "event: x\ndata: a\n\n");

    [Fact]
    public Task An_event_with_JSON_is_one_event() => ShouldSendAsync(
        TypedResults.EventStream(new SseItem<Row>(Rows[0]), RowJson.Default.Row), """data: {"Name":"a","Count":1}""" + "\n\n");

    [Fact]
    public Task An_event_class_of_ones_own_is_one_event() => ShouldSendAsync(TypedResults.EventStream(new Alarm("fire", 3)), "id: 3\nevent: alarm\ndata: fire\n\n");

    [Fact]
    public Task Event_classes_of_ones_own_are_as_many_events() => ShouldSendAsync(
        TypedResults.EventStream(Async(new Alarm("fire", 3), new Alarm(null, 4))), "id: 3\nevent: alarm\ndata: fire\n\n", "id: 4\nevent: alarm\ndata: \n\n");

    [Fact]
    public Task A_dictionary_is_one_event() => ShouldSendAsync(
        TypedResults.EventStream(new Dictionary<string, object?> { ["data"] = "x", ["event"] = "y" }), "event: y\ndata: x\n\n");

    [Fact]
    public Task Dictionaries_with_the_fields_of_an_event_are_events() => ShouldSendAsync(
        TypedResults.EventStream(Async(
            new Dictionary<string, object?> { ["data"] = Rows[0], ["event"] = "row", ["id"] = 7, ["retry"] = 1500 },
            new Dictionary<string, object?> { ["event"] = "ping" },
            new Dictionary<string, object?> { ["id"] = "8" },
            new Dictionary<string, object?> { ["retry"] = TimeSpan.FromSeconds(1) })),
        "id: 7\nevent: row\nretry: 1500\n" + """data: {"NAME":"a","COUNT":1}""" + "\n\n",
        "event: ping\ndata: \n\n",
        "id: 8\n\n",
        "retry: 1000\n\n");

    [Fact]
    public Task Dictionaries_without_the_fields_of_an_event_are_data() => ShouldSendAsync(
        TypedResults.EventStream(Async(new Dictionary<string, string> { ["name"] = "a" })), """data: {"name":"a"}""" + "\n\n");

    [Fact]
    public Task A_dictionary_whose_keys_are_no_texts_is_data() => ShouldSendAsync(
        TypedResults.EventStream(Async(ImmutableDictionary<int, string>.Empty.Add(1, "a"))), """data: {"1":"a"}""" + "\n\n");

    [Fact]
    public Task Any_whole_number_is_a_reconnection_time() => ShouldSendAsync(
        TypedResults.EventStream(Async(new Dictionary<string, object?> { ["retry"] = 5u }, new Dictionary<string, object?> { ["retry"] = 6ul })), "retry: 5\n\n", "retry: 6\n\n");


    [Fact]
    public Task JSON_objects_are_events_or_data() => ShouldSendAsync(
        TypedResults.EventStream(Async(
            new JsonObject { ["data"] = "text", ["event"] = "x", ["id"] = 1, ["retry"] = 5 },
            new JsonObject { ["data"] = new JsonArray(1, 2) },
            new JsonObject { ["other"] = 1 })),
        "id: 1\nevent: x\nretry: 5\ndata: text\n\n",
        "data: [1,2]\n\n",
        """data: {"other":1}""" + "\n\n");

    [Fact]
    public Task Items_of_different_kinds_are_each_what_they_are() => ShouldSendAsync(
        TypedResults.EventStream(Async<object?>("text", 1, Rows[0], new SseItem<string>("a", "x"), new SseItem<object>(Rows[1], "y"), new Alarm("fire", 3), null)),
        "data: text\n\n",
        "data: 1\n\n",
        """data: {"NAME":"a","COUNT":1}""" + "\n\n",
        "event: x\ndata: a\n\n",
        "event: y\n" + """data: {"NAME":"b","COUNT":2}""" + "\n\n",
        "id: 3\nevent: alarm\ndata: fire\n\n",
        "data: null\n\n");

    [Fact]
    public Task Indented_JSON_is_an_event_of_many_lines() => new StreamApp
    {
        Services = static builder => builder.Services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.WriteIndented = true),
    }.RunAsync(static async app =>
    {
        var response = await RecordedResponse.RunAsync(app, TypedResults.EventStream(Async(Rows[0])));
        response.Writes[1].ShouldBe("data: {\ndata:   \"name\": \"a\",\ndata:   \"count\": 1\ndata: }\n\n");
    });

    [Fact]
    public async Task What_cannot_be_sent_leaves_nothing_of_itself()
    {
        object[] faulty =
        [
            "\uD800",
            new byte[] { 0xFF },
            new Alarm("x", 1) { Type = "a\nb" },
            new Alarm("x", 1) { Id = "a\0b" },
            new Alarm("x", 1) { Retry = TimeSpan.FromSeconds(-1) },
            new Dictionary<string, object?> { ["data"] = "x", ["id"] = new object() },
            new Dictionary<string, object?> { ["data"] = "x", ["retry"] = "soon" },
            new SseItem<int>(1, "x"),
            new SseItem<string>("x", "y") { EventId = "a\0b" },
        ];
        foreach (var item in faulty)
        {
            await new StreamApp { Expects = static problem => problem.EventName == "SourceFailed" }.RunAsync(async app =>
            {
                var response = await RecordedResponse.RunAsync(app, TypedResults.EventStream(new[] { "before", item }));
                response.Writes[1].ShouldBe("data: before\n\nevent: stream-error\ndata: {\"error\":\"The stream failed.\"}\n\n");
                app.Log.Problems.Count.ShouldBe(1);
            });
        }
    }

    [Fact]
    public Task Untyped_results_are_the_same() => new StreamApp
    {
        Map = static app => app.MapGet("/rows", static (bool list) => list ? Results.EventStream(Rows) : Results.EventStream("one", new EventStreamOptions { StatusCode = 202 })),
    }.RunAsync(static async app =>
    {
        using var rows = await app.OpenAsync("/rows?list=true");
        (await rows.DataAsync(2)).ShouldBe(["""{"name":"a","count":1}""", """{"name":"b","count":2}"""]);
        using var one = await app.SendAsync("/rows?list=false");
        one.Status.ShouldBe(202);
        (await one.RestAsync())[^1].Data.ShouldBe("one");
    });

    [Fact]
    public Task Controllers_return_streams() => new StreamApp
    {
        Services = static builder => builder.Services.AddControllers().AddApplicationPart(typeof(SourceTests).Assembly),
        Map = static app => app.MapControllers(),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/controller/rows");
        (await stream.DataAsync(2)).ShouldBe(["a", "b"]);
        (await stream.RestAsync()).ShouldBeEmpty();
        await app.ShouldHoldNothingAsync();
    });

    private static Task ShouldSendAsync(EventStreamResult result, params string[] blocks) => new StreamApp
    {
        Services = static builder => builder.Services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseUpper),
        Map = app => app.MapGet("/", () => result),
    }.RunAsync(async app =>
    {
        using var stream = await app.SendAsync("/");
        stream.Status.ShouldBe(200);
        var text = await stream.ReadToEndAsync(Deadline.Token);
        text.ShouldStartWith("retry: ");
        text[(text.IndexOf("\n\n", StringComparison.Ordinal) + 2)..].ShouldBe(string.Concat(blocks));
        await app.ShouldHoldNothingAsync();
    });

    private static async IAsyncEnumerable<T> Async<T>(params T[] items)
    {
        foreach (var item in items)
        {
            await Task.Yield();
            yield return item;
        }
    }

    internal record Row(string Name, int Count);

    private sealed record NamedRow(string Name, int Count, string Title) : Row(Name, Count);

    private sealed record Alarm(object? Data, int Number) : IServerSentEvent
    {
        public string? Type { get; init; } = "alarm";

        public string? Id { get; init; } = $"{Number}";

        public TimeSpan? Retry { get; init; }
    }

    [JsonSerializable(typeof(Row))]
    private sealed partial class RowJson : JsonSerializerContext;
}

[ApiController]
[Route("controller")]
public sealed class RowsController : ControllerBase
{
    [HttpGet("rows")]
    public EventStreamResult Get() => TypedResults.EventStream(["a", "b"]);
}
