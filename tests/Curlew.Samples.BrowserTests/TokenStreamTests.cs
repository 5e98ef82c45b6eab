using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Nodes;
using static Microsoft.Playwright.Assertions;

namespace Curlew.Samples.BrowserTests;

public sealed class TokenStreamTests(Chromium chromium, RunningSamples samples)
{
    private const string Fast = "--Model:TokenTime=00:00:00.001";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Chat_completions_are_chunks_without_a_type_and_end_with_DONE()
    {
        var sample = await samples.GetAsync("TokenStream", Fast);

        var events = await StreamAsync(sample, "/v1/chat/completions", "the marsh");

        events.ShouldAllBe(static e => e.EventType == "message");
        events[^1].Data.ShouldBe("[DONE]");
        var chunks = events.SkipLast(1).Select(static e => JsonNode.Parse(e.Data)!).ToList();
        chunks.ShouldAllBe(static chunk => (string)chunk["object"]! == "chat.completion.chunk");
        chunks.Select(static chunk => (string)chunk["id"]!).Distinct(StringComparer.Ordinal).Count().ShouldBe(1);
        chunks[0]["choices"]![0]!["delta"]!.ToJsonString().ShouldBe("""{"role":"assistant","content":""}""");
        chunks[^1]["choices"]![0]!.ToJsonString().ShouldBe("""{"index":0,"delta":{},"finish_reason":"stop"}""");
        ChatText(chunks).ShouldBe(await AnswerAsync(sample, "the marsh"));
    }

    [Fact]
    public async Task The_same_prompt_and_seed_give_the_same_answer()
    {
        var sample = await samples.GetAsync("TokenStream", Fast);

        var answer = await AnswerAsync(sample, "the marsh");

        (await AnswerAsync(sample, "the marsh")).ShouldBe(answer);
        (await AnswerAsync(sample, "the marsh", seed: 7)).Equals(answer, StringComparison.Ordinal).ShouldBeFalse();
    }

    [Fact]
    public async Task Typed_events_begin_and_end_the_message_and_say_their_type_twice()
    {
        var sample = await samples.GetAsync("TokenStream", Fast);

        var events = await StreamAsync(sample, "/v1/messages", "the marsh", maxTokens: 3);

        string.Join(' ', events.Select(static e => e.EventType)).ShouldBe(
            "message_start content_block_start ping content_block_delta content_block_delta content_block_delta content_block_stop message_delta message_stop");
        events.ShouldAllBe(static e => (string)JsonNode.Parse(e.Data)!["type"]! == e.EventType);
        (await AnswerAsync(sample, "the marsh")).ShouldStartWith(
            string.Concat(events.Where(static e => e.EventType == "content_block_delta").Select(static e => (string)JsonNode.Parse(e.Data)!["delta"]!["text"]!)));
        JsonNode.Parse(events[^2].Data)!.ToJsonString().ShouldBe("""{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":3}}""");
    }

    [Theory]
    [InlineData("/v1/chat/completions", "message", """{"error":{"message":"The model is overloaded.","type":"overloaded_error"}}""")]
    [InlineData("/v1/messages", "error", """{"type":"error","error":{"type":"overloaded_error","message":"The model is overloaded."}}""")]
    public async Task An_error_in_the_midst_of_an_answer_is_the_last_event(string target, string type, string data)
    {
        var sample = await samples.GetAsync("TokenStream", Fast);

        var last = (await StreamAsync(sample, target, "overload"))[^1];

        (last.EventType, last.Data).ShouldBe((type, data));
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/messages")]
    public async Task Every_block_has_data_or_is_a_comment(string target)
    {
        var sample = await samples.GetAsync("TokenStream", Fast);

        using var response = await PostAsync(sample, target, "the marsh", maxTokens: 3);

        var blocks = (await response.Content.ReadAsStringAsync(Cancel)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        blocks.ShouldAllBe(static block => block.StartsWith(':') || block.Contains("data: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"toy","stream":true,"messages":[]}""")]
    [InlineData("/v1/chat/completions", """{"model":"toy","stream":true}""")]
    [InlineData("/v1/messages", """{"model":"toy","stream":true,"max_tokens":0,"messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("/v1/messages", """{"model":"toy","stream":true,"max_tokens":9,"messages":[{"role":"user","content":null}]}""")]
    public async Task A_request_that_is_wrong_is_refused_before_the_stream(string target, string body)
    {
        var sample = await samples.GetAsync("TokenStream", Fast);

        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await sample.Client.PostAsync(new Uri(target, UriKind.Relative), content, Cancel);

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_client_that_leaves_stops_the_generator()
    {
        await using var sample = await Sample.StartAsync("TokenStream", "--Model:TokenTime=01:00:00");

        using (var response = await PostAsync(sample, "/v1/chat/completions", "the marsh"))
        {
            await using var body = await response.Content.ReadAsStreamAsync(Cancel);
            await foreach (var item in SseParser.Create(body).EnumerateAsync(Cancel))
            {
                item.Data.ShouldContain("assistant");
                break;
            }
        }

        await sample.LogsAsync("Generation ended after 0 tokens: cancelled");
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    public async Task The_page_shows_the_answer_and_an_error(string shape)
    {
        var sample = await samples.GetAsync("TokenStream", Fast);
        await using var page = await OpenPage.OpenAsync(chromium, sample);

        await AskAsync(page, shape, "the marsh");
        await Expect(page.State).ToHaveTextAsync("Complete.");
        (await page["#answer"].InnerTextAsync()).ShouldBe(await AnswerAsync(sample, "the marsh"));

        await AskAsync(page, shape, "overload");
        await Expect(page.State).ToHaveTextAsync("The model is overloaded.");
        page.Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    public async Task Stop_ends_the_answer_and_the_generator(string shape)
    {
        // The shortest answer takes longer than any click.
        await using var sample = await Sample.StartAsync("TokenStream", "--Model:TokenTime=00:00:00.500");
        await using var page = await OpenPage.OpenAsync(chromium, sample);
        await AskAsync(page, shape, "the marsh");
        await Expect(page["#answer"]).Not.ToBeEmptyAsync();

        await page["#stop"].ClickAsync();

        await Expect(page.State).ToHaveTextAsync("Stopped.");
        await sample.LogsAsync("Generation ended after [0-9]+ tokens: cancelled");
        await Expect(page["#send"]).ToBeEnabledAsync();
    }

    [Fact]
    public async Task The_pages_reader_gives_the_same_events_however_the_bytes_are_cut()
    {
        var sample = await samples.GetAsync("TokenStream", Fast);
        await using var page = await OpenPage.OpenAsync(chromium, sample);

        var readings = await page.Page.EvaluateAsync<string[]>(
            """
            async () => {
              const { readEvents } = await import("/event-stream.js");
              const bytes = new TextEncoder().encode("\uFEFFdata: a\n\n:\n\nretry: 1\n\nevent: t\r\ndata:b\r\ndata:  ü\r\n\r\ndata\rid: 1\r\revent: lost\n\ndata: [DONE]\n\ndata: cut");
              const readings = new Set();
              for (let cut = 0; cut <= bytes.length; cut++) {
                const parts = [bytes.slice(0, cut), bytes.slice(cut)];
                const body = new ReadableStream({
                  start(controller) {
                    parts.filter(part => part.length > 0).forEach(part => controller.enqueue(part));
                    controller.close();
                  },
                });
                const events = [];
                for await (const { type, data } of readEvents(body)) events.push(`${type}=${data}`);
                readings.add(events.join("|"));
              }
              return [...readings];
            }
            """);

        readings.ShouldBe(["message=a|t=b\n ü|message=|message=[DONE]"]);
    }

    private static async Task AskAsync(OpenPage page, string shape, string prompt)
    {
        await page.Page.GetByLabel("Prompt").FillAsync(prompt);
        await page.Page.GetByLabel("Shape").SelectOptionAsync(shape);
        await page["#send"].ClickAsync();
    }

    private static async Task<List<SseItem<string>>> StreamAsync(Sample sample, string target, string prompt, int maxTokens = 256)
    {
        using var response = await PostAsync(sample, target, prompt, maxTokens);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        await using var body = await response.Content.ReadAsStreamAsync(Cancel);
        var events = new List<SseItem<string>>();
        await foreach (var item in SseParser.Create(body).EnumerateAsync(Cancel))
            events.Add(item);
        return events;
    }

    private static async Task<HttpResponseMessage> PostAsync(Sample sample, string target, string prompt, int maxTokens = 256)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = JsonContent.Create(Body(prompt, stream: true, maxTokens)) };
        var response = await sample.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        response.EnsureSuccessStatusCode();
        return response;
    }

    private static async Task<string> AnswerAsync(Sample sample, string prompt, int seed = 0)
    {
        using var response = await sample.Client.PostAsJsonAsync("/v1/chat/completions", Body(prompt, stream: false, 256, seed), Cancel);
        return (string)(await response.Content.ReadFromJsonAsync<JsonNode>(Cancel))!["choices"]![0]!["message"]!["content"]!;
    }

    private static object Body(string prompt, bool stream, int maxTokens, int seed = 0) =>
        new { model = "toy", stream, max_tokens = maxTokens, seed, messages = new[] { new { role = "user", content = prompt } } };

    private static string ChatText(IEnumerable<JsonNode> chunks) => string.Concat(chunks.Select(static chunk => (string?)chunk["choices"]![0]!["delta"]!["content"]));
}
