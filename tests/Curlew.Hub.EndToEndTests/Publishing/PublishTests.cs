using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Curlew.Hub.EndToEndTests.Publishing;

/// <summary><c>POST /events</c>, in every form that it takes.</summary>
public sealed class PublishTests(HubFixture fixture) : IClassFixture<HubFixture>
{
    private static int s_topics;

    private readonly HubUnderTest _hub = fixture.Hub;
    private readonly string _topic = $"publish/{Interlocked.Increment(ref s_topics)}";

    [Theory]
    [InlineData("\"text\"", "text")]
    [InlineData("\"\"", "")]
    [InlineData("\"two\\nlines\\r\\nand\\rmore\"", "two\nlines\nand\nmore")]
    [InlineData("\"größer 🐦\"", "größer 🐦")]
    [InlineData("{\"a\": [1, \"b\"]}", "{\"a\": [1, \"b\"]}")]
    [InlineData("[]", "[]")]
    [InlineData("12.50", "12.50")]
    [InlineData("true", "true")]
    [InlineData("null", "null")]
    public async Task Json_AnyValue_IsSentAsItsTextOrAsJson(string json, string data)
    {
        using var stream = await _hub.SubscribeAsync($"topic={_topic}");

        var id = (await _hub.PostJsonAsync($$"""{"topics":["{{_topic}}"],"type":"t","data":{{json}}}""")).Id;

        var e = await stream.EventAsync();
        (e.Id, e.Type, e.Data).ShouldBe((id, "t", data));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON;charset=\"UTF-8\"")]
    public async Task Json_SeveralTopicsAndRetry_IsDeliveredOnce(string contentType)
    {
        using var stream = await _hub.SubscribeAsync($"topic={_topic}&topic={_topic}/*");

        await _hub.PostAsync(contentType, $$"""{"topics":["{{_topic}}","{{_topic}}/x"],"data":"once","retry":1234}""");
        await _hub.PublishAsync(_topic, "next");

        var once = await stream.EventAsync();
        (once.Data, once.Type, once.Retry).ShouldBe(("once", null, 1234));
        (await stream.EventAsync()).Data.ShouldBe("next");
    }

    [Theory]
    [InlineData("\"2026-01-31T12:00:00Z\"", "2026-01-31T12:00:00Z")]
    [InlineData("\"2026-01-31T14:00:00.25+02:00\"", "2026-01-31T12:00:00.25Z")]
    [InlineData("\"2026-01-31T12:00:00\"", "2026-01-31T12:00:00Z")]
    public async Task Json_ATime_IsThatOfTheEnvelope(string time, string kept)
    {
        using var stream = await RawStream.ConnectAsync(_hub.Port, $"/live/events?topic={_topic}", cancellationToken: Deadline.Token);
        await stream.BlockAsync();

        await _hub.PostJsonAsync($$"""{"topics":["{{_topic}}"],"data":"x","time":{{time}}}""");
        var id = (await _hub.PostJsonAsync($$"""{"topics":["{{_topic}}"],"data":"y","time":null}""")).Id;

        ((string?)JsonNode.Parse((await stream.EventAsync()).Data!)!["time"]).ShouldBe(kept);
        var own = (DateTimeOffset)JsonNode.Parse((await stream.EventAsync()).Data!)!["time"]!;
        own.ToUnixTimeMilliseconds().ShouldBe(long.Parse(id.Split('-')[0], CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("application/x-ndjson")]
    [InlineData("application/ndjson")]
    [InlineData("application/jsonl")]
    public async Task Lines_AreABatchInOrder_AndAnswerTheLastId(string contentType)
    {
        using var stream = await _hub.SubscribeAsync($"topic={_topic}");

        var lines = Enumerable.Range(0, 50).Select(number => $$"""{"topics":["{{_topic}}"],"data":{{number}}}""");
        var id = (await _hub.PostAsync(contentType, "\n" + string.Join("\r\n", lines) + "\n \t\n")).Id;

        (await stream.DataAsync(50)).ShouldBe(Enumerable.Range(0, 50).Select(static number => $"{number}"));
        stream.LastEventId.ShouldBe(id);
    }

    [Fact]
    public async Task Form_OfAnHtmlPage_IsAnEvent()
    {
        using var stream = await _hub.SubscribeAsync($"topic={_topic}");

        var id = (await _hub.PostAsync("application/x-www-form-urlencoded", $"topic={_topic}&topic={_topic}/x&data=a+b%0D%0Ac%C3%BC%26&type=note&retry=50")).Id;

        var e = await stream.EventAsync();
        (e.Id, e.Type, e.Data, e.Retry).ShouldBe((id, "note", "a b\ncü&", 50));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("text/plain; charset=utf-8")]
    [InlineData("text/csv")]
    [InlineData(null)]
    public async Task Text_IsTheDataAsItIs(string? contentType)
    {
        using var stream = await _hub.SubscribeAsync($"topic={_topic}");

        await _hub.PostAsync(contentType, "{\"not\": \"parsed\"}\nid: 1\n\nevent: forged", $"?topic={_topic}&type=t");
        await _hub.PostAsync(contentType, "", $"?topic={_topic}");

        var e = await stream.EventAsync();
        (e.Type, e.Data).ShouldBe(("t", "{\"not\": \"parsed\"}\nid: 1\n\nevent: forged"));
        (await stream.EventAsync()).Data.ShouldBe("");
    }

    [Fact]
    public async Task Key_Repeated_AnswersTheFirstIdAndAppendsNothing()
    {
        var body = $$"""{"topics":["{{_topic}}"],"data":1,"key":"{{_topic}}"}""";

        var first = (await _hub.PostJsonAsync(body)).Id;
        (await _hub.PostJsonAsync(body)).Id.ShouldBe(first);
        (await _hub.PostJsonAsync(body.Replace("\"data\":1", "\"data\":2", StringComparison.Ordinal), ("Idempotency-Key", _topic))).Id.ShouldBe(first);
        (await _hub.PostAsync("application/x-www-form-urlencoded", $"topic={_topic}&data=3&key={_topic}")).Id.ShouldBe(first);
        (await _hub.PostAsync("text/plain", "4", $"?topic={_topic}&key={_topic}")).Id.ShouldBe(first);
        (await _hub.PostAsync("text/plain", "5", $"?topic={_topic}", ("Idempotency-Key", _topic))).Id.ShouldBe(first);
        await _hub.PublishAsync(_topic, "last");

        using var stream = await _hub.SubscribeAsync($"topic={_topic}&lastEventId=earliest");
        (await stream.DataAsync(2)).ShouldBe(["1", "last"]);
    }

    [Fact]
    public async Task Key_OfABatchRepeated_AnswersTheLastIdAndAppendsNothing()
    {
        var lines = string.Join('\n', Enumerable.Range(0, 10).Select(number => $$"""{"topics":["{{_topic}}"],"data":{{number}}}"""));

        var id = (await _hub.PostAsync("application/x-ndjson", lines, "", ("Idempotency-Key", _topic))).Id;
        (await _hub.PostAsync("application/x-ndjson", lines, "", ("Idempotency-Key", _topic))).Id.ShouldBe(id);
        await _hub.PublishAsync(_topic, "last");

        using var stream = await _hub.SubscribeAsync($"topic={_topic}&lastEventId=earliest");
        (await stream.DataAsync(11)).ShouldBe([.. Enumerable.Range(0, 10).Select(static number => $"{number}"), "last"]);
    }

    [Fact]
    public async Task Key_SentAtOnceByMany_AppendsOne()
    {
        var body = $$"""{"topics":["{{_topic}}"],"data":"one","key":"{{_topic}}"}""";

        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => (await _hub.PostJsonAsync(body)).Id));
        await _hub.PublishAsync(_topic, "last");

        ids.Distinct(StringComparer.Ordinal).Count().ShouldBe(1);
        using var stream = await _hub.SubscribeAsync($"topic={_topic}&lastEventId=earliest");
        (await stream.DataAsync(2)).ShouldBe(["one", "last"]);
    }

    [Fact]
    public async Task Batch_WithEveryLimitJustMet_IsTaken()
    {
        var large = new string('x', 1024 * 1024);
        await _hub.PublishBatchAsync(_topic, Enumerable.Repeat(large, 8));

        using var stream = await _hub.SubscribeAsync($"topic={_topic}&lastEventId=earliest");
        (await stream.DataAsync(8)).ShouldAllBe(data => data == large);
    }

    [Fact]
    public async Task Body_ThatDribbles_IsTakenWhole()
    {
        await using var link = CutProxy.Start(_hub.Port);
        link.DribbleBytes = 7;
        using var client = new HttpClient();
        using var content = new StringContent(JsonSerializer.Serialize(new { topics = new[] { _topic }, data = "in small pieces, größer" }), Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{link.Port}/events") { Content = content };
        request.Headers.TransferEncodingChunked = true;

        using var answer = await client.SendAsync(request, Deadline.Token);

        answer.EnsureSuccessStatusCode();
        using var stream = await _hub.SubscribeAsync($"topic={_topic}&lastEventId=earliest");
        (await stream.EventAsync()).Data.ShouldBe("in small pieces, größer");
    }

    [Fact]
    public async Task Publisher_ThatLeavesHalfWay_PublishesNothing()
    {
        await using var link = CutProxy.Start(_hub.Port);
        link.DribbleBytes = 50;
        using var client = new HttpClient();
        using var content = new StringContent($$"""{"topics":["{{_topic}}"],"data":"never"}""" + new string('\n', 100_000), Encoding.UTF8, "application/x-ndjson");
        var post = client.PostAsync($"http://127.0.0.1:{link.Port}/events", content, Deadline.Token);
        await Eventually.UntilAsync(async () => await _hub.MetricAsync("http_server_active_requests", "POST") > 0);

        link.Cut();

        await Should.ThrowAsync<HttpRequestException>(post);
        await _hub.PublishAsync(_topic, "last");
        using var stream = await _hub.SubscribeAsync($"topic={_topic}&lastEventId=earliest");
        (await stream.EventAsync()).Data.ShouldBe("last");
        _hub.Complaints.ShouldBeEmpty();
    }
}
