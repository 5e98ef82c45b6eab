using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Curlew.Client.ContractService;
using Microsoft.Extensions.Hosting;

namespace Curlew.Client.Tests;

/// <summary>The service that the contract tests for SSE clients judge: its own contract, played by this test as the harness.</summary>
public sealed class ContractServiceTests(ContractHarness harness) : IClassFixture<ContractHarness>
{
    public static IEnumerable<TheoryDataRow<string>> Names { get; } = ContractCases.All.Keys.Select(static name => new TheoryDataRow<string>(name));

    [Fact]
    public void Cases_AreAllThere() => ContractCases.All.Count.ShouldBe(113);

    [Theory]
    [MemberData(nameof(Names))]
    public Task Case_IsMet(string name) => ContractCases.All[name](harness);

    [Fact]
    public async Task Service_TellsWhatItsClientsRead()
    {
        await using var stream = new ScriptedServer(async exchange =>
        {
            await exchange.SendAsync(ScriptedServer.Stream($":hi\n\nid: {exchange.Number}\nevent: t\ndata: é{exchange.Request.Body}\n\n"));
            if (exchange.Number > 1)
                await exchange.HoldAsync();
        });
        await using var callback = new ScriptedServer(ScriptedServer.Answer("202 Accepted"));
        await using var service = Service.Create("http://127.0.0.1:0");
        await service.StartAsync(Deadline.Token);
        using var http = new HttpClient { BaseAddress = new Uri(service.Urls.Single()) };

        var about = await http.GetFromJsonAsync<JsonElement>("/", Deadline.Token);
        about.GetProperty("capabilities").GetArrayLength().ShouldBe(9);

        var created = await http.PostAsJsonAsync("/", new
        {
            streamUrl = stream.Url,
            callbackUrl = callback.Url,
            tag = "a test",
            initialDelayMs = 0,
            readTimeoutMs = (double?)null,
            lastEventId = "before",
            method = "REPORT",
            body = "b",
            headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["Content-Type"] = "text/plain", ["X-Test"] = "1" },
        }, Deadline.Token);
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
        await Eventually.UntilAsync(() => callback.Requests.Count == 5);

        var restarted = await http.PostAsJsonAsync(created.Headers.Location, new { command = "restart" }, Deadline.Token);
        restarted.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await Eventually.UntilAsync(() => callback.Requests.Count == 7);

        (await http.PostAsJsonAsync(created.Headers.Location, new { command = "listen", listen = new { type = "t" } }, Deadline.Token)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        (await http.PostAsJsonAsync(created.Headers.Location, new { command = "fly" }, Deadline.Token)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await http.DeleteAsync(created.Headers.Location, Deadline.Token)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await Eventually.UntilAsync(() => stream.OpenConnections == 0);
        (await http.DeleteAsync(new Uri("/", UriKind.Relative), Deadline.Token)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await service.WaitForShutdownAsync(Deadline.Token);

        callback.Requests.Select(static request => request.Target).ShouldBe(Enumerable.Range(1, 7).Select(static n => $"/events/{n}"));
        callback.Requests.Select(static request => JsonElement.Parse(request.Body).GetProperty("kind").GetString())
            .ShouldBe(["comment", "event", "error", "comment", "event", "comment", "event"]);
        var first = JsonElement.Parse(callback.Requests.ElementAt(1).Body).GetProperty("event");
        (first.GetProperty("type").GetString(), first.GetProperty("id").GetString()).ShouldBe(("t", "1"));
        stream.Requests.Select(static request => request["Last-Event-ID"]).ShouldBe(["before", "1", "2"]);
        stream.Requests.ShouldAllBe(static request => request.Method == "REPORT" && request.Body == "b" && request["Content-Type"] == "text/plain" && request["X-Test"] == "1");
    }

    [Theory]
    [InlineData("""{"callbackUrl":"http://127.0.0.1:1/"}""")]
    [InlineData("""{"streamUrl":"http://127.0.0.1:1/"}""")]
    [InlineData("""{"streamUrl":"ftp://127.0.0.1/","callbackUrl":"http://127.0.0.1:1/"}""")]
    [InlineData("""{"streamUrl":"http://127.0.0.1:1/","callbackUrl":"http://127.0.0.1:1/","initialDelayMs":-1}""")]
    [InlineData("""{"streamUrl":"http://127.0.0.1:1/","callbackUrl":"http://127.0.0.1:1/","method":"not a method"}""")]
    public async Task Service_AskedForAStreamThatCannotBe_Answers400(string parameters)
    {
        await using var service = Service.Create("http://127.0.0.1:0");
        await service.StartAsync(Deadline.Token);
        using var http = new HttpClient { BaseAddress = new Uri(service.Urls.Single()) };

        using var content = new StringContent(parameters, System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri("/", UriKind.Relative), content, Deadline.Token);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    /// <summary>The sizes are around those of the buffers on the way, and the parser's own.</summary>
    [Fact]
    public async Task Service_TellsEventsOfEverySize_AtOnce()
    {
        int[] sizes = [1, 1023, 1024, 1025, 4096, 8192, 16_370, 16_376, 16_377, 16_378, 16_384, 32_768, 65_529, 65_536, 262_144, 1_048_576];
        await using var stream = new ScriptedServer(async exchange =>
        {
            await exchange.SendAsync(ScriptedServer.Stream(""));
            foreach (var size in sizes)
                await exchange.SendAsync($"data: {new string('x', size)}\n\n");
            await exchange.HoldAsync();
        });
        await using var callback = new ScriptedServer(ScriptedServer.Answer("202 Accepted"));
        await using var service = Service.Create("http://127.0.0.1:0");
        await service.StartAsync(Deadline.Token);
        using var http = new HttpClient { BaseAddress = new Uri(service.Urls.Single()) };

        await http.PostAsJsonAsync("/", new { streamUrl = stream.Url, callbackUrl = callback.Url, initialDelayMs = (double?)null, readTimeoutMs = (double?)null }, Deadline.Token);
        await Eventually.UntilAsync(() => callback.Requests.Count == sizes.Length);

        callback.Requests.Select(static request => JsonElement.Parse(request.Body).GetProperty("event").GetProperty("data").GetString()!.Length).ShouldBe(sizes);
    }
}
