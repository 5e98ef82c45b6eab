using System.Text;

namespace Curlew.Hub.EndToEndTests.Publishing;

/// <summary>What is refused at <c>POST /events</c>, how it is told, and that nothing of it is published.</summary>
public sealed class BadPublishTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    private const string Json = "application/json";
    private const string Lines = "application/x-ndjson";
    private const string Form = "application/x-www-form-urlencoded";
    private const string Text = "text/plain";
    private const string Good = """{"topics":["bad/good"],"data":"half"}""";

    private static int s_markers;

    private readonly HubUnderTest _hub = fixture.Hub;

    public static TheoryData<string, string> BadJson { get; } = new()
    {
        { "", "body" },
        { "{", "body" },
        { "{\"topics\":[\"a\"],\"data\":1", "body" },
        { Good + Good, "body" },
        { "null", "body" },
        { "[]", "body" },
        { $"[{Good}]", "body" },
        { "\"text\"", "body" },
        { """{"topics":["a"],"data":1,}""", "body" },
        { $$"""{"topics":["a"],"data":{{new string('[', 100)}}{{new string(']', 100)}}}""", "body" },
        { """{"topics":["a"],"data":1,"extra":1}""", "extra" },
        { """{"topics":["a"],"data":1,"Type":"t"}""", "Type" },
        { """{"topics":["a"],"data":1,"id":"1-0"}""", "id" },
        { """{"topics":["a"],"data":1,"\ud800":1}""", "body" },
        { """{"topics":["a"],"topics":["b"],"data":1}""", "topics" },
        { """{"data":1}""", "topics" },
        { """{"topic":"a","data":1}""", "topic" },
        { """{"topics":null,"data":1}""", "topics" },
        { """{"topics":"a","data":1}""", "topics" },
        { """{"topics":[],"data":1}""", "topics" },
        { """{"topics":[1],"data":1}""", "topics" },
        { """{"topics":["a",null],"data":1}""", "topics" },
        { """{"topics":[""],"data":1}""", "topics" },
        { """{"topics":["good",""],"data":1}""", "topics" },
        { """{"topics":["/a"],"data":1}""", "topics" },
        { """{"topics":["a/"],"data":1}""", "topics" },
        { """{"topics":["a//b"],"data":1}""", "topics" },
        { """{"topics":["*"],"data":1}""", "topics" },
        { """{"topics":["a/**"],"data":1}""", "topics" },
        { """{"topics":["a*"],"data":1}""", "topics" },
        { """{"topics":["a\nb"],"data":1}""", "topics" },
        { """{"topics":["a\u0000"],"data":1}""", "topics" },
        { """{"topics":["a\u0085b"],"data":1}""", "topics" },
        { """{"topics":["\ud800"],"data":1}""", "topics" },
        { """{"topics":["$user/1"],"data":1}""", "topics" },
        { """{"topics":["$broadcast"],"data":1}""", "topics" },
        { """{"topics":["\u0024broadcast"],"data":1}""", "topics" },
        { $$"""{"topics":["{{new string('a', 257)}}"],"data":1}""", "topics" },
        { $$"""{"topics":["{{string.Join('/', Enumerable.Repeat("a", 33))}}"],"data":1}""", "topics" },
        { $$"""{"topics":[{{string.Join(',', Enumerable.Range(0, 101).Select(static n => $"\"a/{n}\""))}}],"data":1}""", "topics" },
        { """{"topics":["a"]}""", "data" },
        { """{"topics":["a"],"data":"\ud800"}""", "data" },
        { """{"topics":["a"],"data":1,"type":1}""", "type" },
        { """{"topics":["a"],"data":1,"type":"a\nid: 7"}""", "type" },
        { """{"topics":["a"],"data":1,"type":"a\rb"}""", "type" },
        { """{"topics":["a"],"data":1,"type":"\u0000"}""", "type" },
        { """{"topics":["a"],"data":1,"type":"\udfff"}""", "type" },
        { """{"topics":["a"],"data":1,"type":"gap"}""", "type" },
        { $$"""{"topics":["a"],"data":1,"type":"{{new string('t', 257)}}"}""", "type" },
        { """{"topics":["a"],"data":1,"retry":"1000"}""", "retry" },
        { """{"topics":["a"],"data":1,"retry":-1}""", "retry" },
        { """{"topics":["a"],"data":1,"retry":1.5}""", "retry" },
        { """{"topics":["a"],"data":1,"retry":99999999999}""", "retry" },
        { """{"topics":["a"],"data":1,"time":1767225600000}""", "time" },
        { """{"topics":["a"],"data":1,"time":"noon"}""", "time" },
        { """{"topics":["a"],"data":1,"time":""}""", "time" },
        { """{"topics":["a"],"data":1,"time":"2026-01-31"}""", "time" },
        { """{"topics":["a"],"data":1,"time":"31/01/2026 12:00:00"}""", "time" },
        { """{"topics":["a"],"data":1,"time":"2026-02-30T12:00:00Z"}""", "time" },
        { """{"topics":["a"],"data":1,"key":1}""", "key" },
        { """{"topics":["a"],"data":1,"key":""}""", "key" },
        { $$"""{"topics":["a"],"data":1,"key":"{{new string('k', 257)}}"}""", "key" },
    };

    public static TheoryData<string, string> BadForms { get; } = new()
    {
        { "", "data" },
        { "topic=a", "data" },
        { "data=x", "topic" },
        { "topic=&data=x", "topic" },
        { "topic=a/*&data=x", "topic" },
        { "topic=a%0Ab&data=x", "topic" },
        { "topic=%24broadcast&data=x", "topic" },
        { "topic=a&data=x&data=y", "data" },
        { "topic=a&data=x&type=a%0Ab", "type" },
        { "topic=a&data=x&type=gap", "type" },
        { "topic=a&data=x&retry=soon", "retry" },
        { "topic=a&data=x&retry=-1", "retry" },
        { "topic=a&data=x&colour=red", "colour" },
        { "topic=a&data=%FF", "data" },
        { "topic=a%C0%AFb&data=x", "topic" },
    };

    public static TheoryData<string, string> BadQueries { get; } = new()
    {
        { "", "topic" },
        { "?topic=", "topic" },
        { "?topic=a/*", "topic" },
        { "?topic=a%2F%2Fb", "topic" },
        { "?topic=a%0Ab", "topic" },
        { "?topic=%24user/1", "topic" },
        { "?topic=a&type=gap", "type" },
        { "?topic=a&type=x%0Dy", "type" },
        { "?topic=a&type=x&type=y", "type" },
        { "?topic=a&retry=1e3", "retry" },
        { "?topic=a&key=x&key=y", "key" },
    };

    [Theory]
    [MemberData(nameof(BadJson))]
    public async Task Json_AtFault_IsRefusedByField(string body, string field) => await ShouldBeRefusedAsync(Json, body, "", field);

    [Theory]
    [MemberData(nameof(BadForms))]
    public async Task Form_AtFault_IsRefusedByField(string body, string field) => await ShouldBeRefusedAsync(Form, body, "", field);

    [Theory]
    [MemberData(nameof(BadQueries))]
    public async Task Text_AtFault_IsRefusedByField(string query, string field) => await ShouldBeRefusedAsync(Text, "x", query, field);

    [Theory]
    [InlineData("{\"topics\":[\"a\"],\"data\":\"\xFF\"}")]
    [InlineData("{\"topics\":[\"a\"],\"data\":\"\xED\xA0\x80\"}")]
    [InlineData("{\"topics\":[\"a\"],\"data\":{\"x\":\"\xC3\"}}")]
    [InlineData("{\"topics\":[\"a\xFF\"],\"data\":1}")]
    [InlineData("{\"topics\":[\"a\"],\"data\":1,\"type\":\"\xFF\"}")]
    [InlineData("{\"topics\":[\"a\"],\"data\":1,\"\xFF\":1}")]
    public async Task Json_ThatIsNotUtf8_IsRefused(string latin1) =>
        await ShouldBeRefusedAsync(Json, Encoding.Latin1.GetBytes(latin1), "", 400, "body");

    [Fact]
    public async Task Text_ThatIsNotUtf8_IsRefused() => await ShouldBeRefusedAsync(Text, [0x61, 0xFF], "?topic=a", 400, "data");

    [Fact]
    public async Task Form_ThatIsNotUtf8_IsRefused() => await ShouldBeRefusedAsync(Form, Encoding.Latin1.GetBytes("topic=a&data=\xFF"), "", 400, "data");

    [Theory]
    [InlineData("{", "body")]
    [InlineData("""{"topics":["a"],"data":1,"key":"k"}""", "key")]
    [InlineData("""{"topics":["a/*"],"data":1}""", "topics")]
    [InlineData("""{"topics":["a"],"data":1,"type":"gap"}""", "type")]
    [InlineData("""{"topics":["a"],"data":1} {"topics":["a"],"data":1}""", "body")]
    public async Task Batch_WithOneLineAtFault_IsRefusedWhole(string line, string field)
    {
        await ShouldBeRefusedAsync(Lines, $"{Good}\n{Good}\n{line}\n{Good}", "", field);
        await ShouldBeRefusedAsync(Lines, $"{Good}\n{line}", "", field);

        using var stream = await _hub.SubscribeAsync("topic=bad/good&topic=bad/marker&lastEventId=earliest");
        (await stream.EventAsync()).Data.ShouldStartWith("marker");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\r\n \n")]
    public async Task Batch_OfNoEvent_IsRefused(string body) => await ShouldBeRefusedAsync(Lines, body, "", "body");

    [Fact]
    public async Task Key_ThatDiffersFromTheHeader_IsRefused()
    {
        var answer = await _hub.PostJsonAsync("""{"topics":["a"],"data":1,"key":"one"}""", ("Idempotency-Key", "two"));
        answer.ShouldBeRefused(400, "key");
    }

    [Theory]
    [InlineData("application/xml")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/octet-stream")]
    [InlineData("nonsense")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData("text/plain; charset=utf-16")]
    public async Task ContentType_ThatIsNotTaken_Is415(string contentType) =>
        await ShouldBeRefusedAsync(contentType, Encoding.UTF8.GetBytes(Good), "?topic=a", 415, "Content-Type");

    [Fact]
    public async Task Event_BeyondMaxEventBytes_Is413()
    {
        var data = new byte[(1024 * 1024) + 1];
        data.AsSpan().Fill((byte)'x');
        await ShouldBeRefusedAsync(Text, data, "?topic=a", 413, "data");
        await ShouldBeRefusedAsync(Json, [.. "{\"topics\":[\"a\"],\"data\":\""u8, .. data, .. "\"}"u8], "", 413, "data");
        await ShouldBeRefusedAsync(Form, [.. "topic=a&data="u8, .. data], "", 413, "data");
    }

    [Fact]
    public async Task Batch_BeyondMaxBatchBytes_Is413()
    {
        var line = $$"""{"topics":["a"],"data":"{{new string('x', 1024 * 1024)}}"}""";
        await ShouldBeRefusedAsync(Lines, Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Repeat(line, 8).Append(Good))), "", 413, "data");
    }

    [Theory]
    [InlineData(Json)]
    [InlineData(Lines)]
    [InlineData(Form)]
    [InlineData(Text)]
    public async Task Body_BeyondEveryLimit_Is413(string contentType) =>
        await ShouldBeRefusedAsync(contentType, new byte[9 * 1024 * 1024], "?topic=a", 413, "body");

    [Fact]
    public async Task Body_OfNoStatedLengthBeyondEveryLimit_Is413()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "events") { Content = new ByteArrayContent(new byte[9 * 1024 * 1024]) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", Json);
        request.Headers.TransferEncodingChunked = true;
        (await _hub.SendAsync(request)).ShouldBeRefused(413, "body");
    }

    [Theory]
    [InlineData("PUT", "events", 405)]
    [InlineData("DELETE", "events?topic=a", 405)]
    [InlineData("POST", "metrics", 405)]
    [InlineData("GET", "nothing-here", 404)]
    [InlineData("GET", "events/a", 404)]
    public async Task Request_ForWhatIsNotThere_IsRefused(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        (await _hub.SendAsync(request)).ShouldBeRefused(status);
    }

    private Task ShouldBeRefusedAsync(string contentType, string body, string query, string field) =>
        ShouldBeRefusedAsync(contentType, Encoding.UTF8.GetBytes(body), query, 400, field);

    /// <summary>Posts, and asserts the refusal, that the next event of any topic is one published after it, and that the hub complains of nothing.</summary>
    private async Task ShouldBeRefusedAsync(string contentType, byte[] body, string query, int status, string field)
    {
        var complaints = _hub.Complaints.Count();
        using var everything = await _hub.SubscribeAsync("topic=**");

        (await _hub.PostAsync(contentType, body, query)).ShouldBeRefused(status, field);

        var marker = $"marker {Interlocked.Increment(ref s_markers)}";
        await _hub.PublishAsync("bad/marker", marker);
        (await everything.EventAsync()).Data.ShouldBe(marker);
        _hub.Complaints.Skip(complaints).ShouldBeEmpty();
    }
}
