using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using static Curlew.Samples.SecurityDashboard.Tests.Lines;

namespace Curlew.Samples.SecurityDashboard.Tests.Live;

/// <summary>The program as a whole, by its HTTP interface and its streams.</summary>
public sealed class DashboardTests
{
    private static readonly string Program = Repository.PathOf($"samples/SecurityDashboard/bin/{Repository.Configuration}/net10.0/SecurityDashboard.dll");

    private static readonly string[] BruteForce =
        [.. Enumerable.Range(1, 8).Select(i => Syslog(i, "bastion", $"sshd[{i}]: Failed password for root from 192.0.2.7 port 22 ssh2"))];

    [Fact]
    public async Task Lines_become_records_that_are_streamed_counted_and_found()
    {
        await using var sample = await Sample.StartAsync("SecurityDashboard");
        using var logs = await sample.OpenAsync("/logs/events");

        var answer = await PostLinesAsync(sample, "?source=auth.log&host=h",
            "", "no format at all", new string('x', 9_000), Syslog(1, "bastion", "sshd[1]: Failed password for invalid user <b>eve</b> from 2001:db8::7 port 22 ssh2"));

        answer.ToJsonString().ShouldBe("""{"lines":3,"malformed":2,"truncated":1}""");
        var (malformed, cut, record) = (await RecordAsync(logs), await RecordAsync(logs), await RecordAsync(logs));
        ((string?)malformed["severity"], (string?)malformed["raw"], (string?)malformed["source"], (string?)malformed["host"]).ShouldBe(("unknown", "no format at all", "auth.log", "h"));
        ((string?)cut["raw"])!.Length.ShouldBe(8 * 1024);
        ((string?)record["user"], (string?)record["address"], (string?)record["severity"]).ShouldBe(("<b>eve</b>", "2001:db8::7", "low"));

        var statistics = await JsonAsync(sample, "/api/statistics");
        ((int)statistics["lines"]!, (int)statistics["malformed"]!, (int)statistics["truncated"]!).ShouldBe((3, 2, 1));
        ((int)statistics["severities"]!["low"]!, (int)statistics["sources"]!["auth.log"]!).ShouldBe((1, 3));

        foreach (var (query, matches) in new[] { ("address=2001:DB8:0::7", 1), ("host=BASTION", 1), ("user=eve", 0), ("text=EVE", 1), ("text=x&severity=low", 0), ("", 3) })
            ((int)(await JsonAsync(sample, $"/api/search?{query}"))["matches"]!).ShouldBe(matches, query);
    }

    [Fact]
    public async Task What_is_sent_twice_is_logged_once_and_raises_one_alert()
    {
        await using var sample = await Sample.StartAsync("SecurityDashboard");
        using var alerts = await sample.OpenAsync("/alerts/events");

        await PostLinesAsync(sample, "", "import-7", BruteForce[..7]);
        await PostLinesAsync(sample, "", "import-7", BruteForce[..7]);
        ((JsonArray)await JsonAsync(sample, "/api/alerts")).ShouldBeEmpty();
        await PostLinesAsync(sample, "", "import-8", BruteForce[7..]);
        await PostLinesAsync(sample, "", "import-8", BruteForce[7..]);

        ((string?)(await RecordAsync(alerts))["rule"]).ShouldBe("ssh-brute-force");
        ((JsonArray)await JsonAsync(sample, "/api/alerts")).Count.ShouldBe(1);
        ((int)(await JsonAsync(sample, "/api/statistics"))["lines"]!).ShouldBe(8);
        ((int)(await JsonAsync(sample, "/api/search"))["matches"]!).ShouldBe(8);
        using var logs = await sample.OpenAsync("/logs/events?lastEventId=earliest");
        foreach (var line in BruteForce)
            ((string?)(await RecordAsync(logs))["raw"]).ShouldBe(line);
    }

    [Fact]
    public async Task The_life_of_an_alert_is_streamed_to_all_and_replayed_to_who_comes_later()
    {
        await using var sample = await Sample.StartAsync("SecurityDashboard");
        using var one = await sample.OpenAsync("/alerts/events");
        using var other = await sample.OpenAsync("/alerts/events");
        await PostLinesAsync(sample, "", BruteForce);
        var id = (string?)(await RecordAsync(one))["id"];
        ((string?)(await RecordAsync(other))["state"]).ShouldBe("new");

        await RefusedAsync(sample, $"/api/alerts/{id}/resolve", HttpStatusCode.Conflict, "must be acknowledged first");
        await RefusedAsync(sample, "/api/alerts/nobody/resolve", HttpStatusCode.NotFound, "There is no alert 'nobody'");
        await sample.PostAsync($"/api/alerts/{id}/acknowledge?by=ann");
        await RefusedAsync(sample, $"/api/alerts/{id}/acknowledge?by=bob", HttpStatusCode.Conflict, "was acknowledged by ann already");
        await sample.PostAsync($"/api/alerts/{id}/resolve?by=bob");

        using var later = await sample.OpenAsync("/alerts/events?lastEventId=earliest");
        (await RecordAsync(later))["id"]!.ToString().ShouldBe(id);
        foreach (var stream in new[] { one, other, later })
        {
            var (acknowledged, resolved) = (await RecordAsync(stream), await RecordAsync(stream));
            ((string?)acknowledged["state"], (string?)acknowledged["changedBy"]).ShouldBe(("acknowledged", "ann"));
            ((string?)resolved["state"], (string?)resolved["changedBy"], (string?)resolved["id"]).ShouldBe(("resolved", "bob", id));
        }
    }

    [Fact]
    public async Task A_scenario_is_played_and_everyone_is_told()
    {
        await using var sample = await Sample.StartAsync("SecurityDashboard");
        using var alerts = await sample.OpenAsync("/alerts/events");

        await sample.PostAsync("/api/scenarios/privilege-escalation/speed?speed=100");
        await sample.PostAsync("/api/scenarios/privilege-escalation/play");

        List<string> states = [];
        List<string> critical = [];
        while (states.LastOrDefault() != "finished")
        {
            var block = await alerts.EventAsync();
            var data = JsonNode.Parse(block.Data!)!;
            if (block.Type == "scenario")
                states.Add((string)data["state"]!);
            else if ((string?)data["severity"] == "critical")
                critical.Add((string)data["rule"]!);
        }

        states.Distinct(StringComparer.Ordinal).ShouldBe(["stopped", "playing", "finished"]);
        critical.ShouldBe(["privilege-escalation", "hidden-root-account"]);
        await RefusedAsync(sample, "/api/scenarios/nothing/play", HttpStatusCode.NotFound, "There is no scenario");
        foreach (var speed in new[] { "0.5", "101", "NaN", "-1" })
            await RefusedAsync(sample, $"/api/scenarios/phishing/speed?speed={speed}", HttpStatusCode.BadRequest, "'speed' must be from 1 to 100");
    }

    [Fact]
    public async Task What_may_not_come_in_is_refused()
    {
        await using var sample = await Sample.StartAsync("SecurityDashboard");

        // By its announced length: nothing of it has to be sent.
        using (var tooLarge = await RawStream.ConnectAsync(
            sample.Url.Port, "/api/logs", new RawStreamOptions { Method = "POST", Headers = [("Content-Length", "1048577")] }, Deadline.Token))
            tooLarge.Status.ShouldBe(413);
        (await StatusAsync("x", origin: "https://evil.example")).ShouldBe(HttpStatusCode.Forbidden);
        (await StatusAsync("x", origin: "null")).ShouldBe(HttpStatusCode.Forbidden);
        (await StatusAsync("x", host: "rebound.example")).ShouldBe(HttpStatusCode.BadRequest);
        (await StatusAsync("x", query: "?source=a%0ab")).ShouldBe(HttpStatusCode.BadRequest);
        (await StatusAsync("x", query: $"?host={new string('h', 65)}")).ShouldBe(HttpStatusCode.BadRequest);
        (await StatusAsync("x", origin: sample.Url.GetLeftPart(UriPartial.Authority))).ShouldBe(HttpStatusCode.OK);
        ((int)(await JsonAsync(sample, "/api/statistics"))["lines"]!).ShouldBe(1);
        await RefusedAsync(sample, "/api/search?address=nowhere", HttpStatusCode.BadRequest, "is no IP address", HttpMethod.Get);
        await RefusedAsync(sample, "/api/search?severity=7", HttpStatusCode.BadRequest, "is no severity", HttpMethod.Get);

        async Task<HttpStatusCode> StatusAsync(string body, string query = "", string? origin = null, string? host = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/logs{query}") { Content = new StringContent(body) };
            if (origin is not null)
                request.Headers.Add("Origin", origin);
            request.Headers.Host = host;
            using var answer = await sample.Client.SendAsync(request, Deadline.Token);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Files_and_standard_input_are_read()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("curlew-dashboard-").FullName, "auth.log");
        await using var program = ProgramUnderTest.Start(
            "dotnet",
            [Program, "--urls", "http://127.0.0.1:0", "--files", file, "--stdin", "true"],
            workingDirectory: SampleRoot);
        using var http = new HttpClient { BaseAddress = new((await program.WaitForLineAsync(@"Now listening on: (?<url>http://\S+)")).Groups["url"].Value) };

        await File.WriteAllLinesAsync(file, BruteForce[..3], Deadline.Token);
        await program.Input.WriteAsync(string.Join('\n', BruteForce[..2]));
        program.Input.Close();

        await program.WaitForLineAsync("Standard input has ended after 2 lines");
        await Eventually.UntilAsync(async () => JsonNode.Parse(await http.GetStringAsync(new Uri("/api/statistics", UriKind.Relative)))!["sources"]!.ToJsonString()
            == """{"auth.log":3,"stdin":2}""");
        program.Signal(UnixSignal.Terminate);
        (await program.WaitForExitAsync()).ShouldBe(0);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task Wrong_settings_stop_the_start_with_all_that_is_wrong()
    {
        var rules = Path.Combine(Directory.CreateTempSubdirectory("curlew-dashboard-").FullName, "bad.yaml");
        await File.WriteAllTextAsync(rules, "severities:\n  - severity: low\n    match: { colour: red }\n", Deadline.Token);
        await using var program = ProgramUnderTest.Start(
            "dotnet",
            [Program, "--rules", rules, "--retention", "many", "--stdin", "perhaps"],
            workingDirectory: SampleRoot);

        (await program.WaitForExitAsync()).ShouldBe(1);
        program.Error.Select(static line => line.Split(';')[0]).ShouldBe(
        [
            "'stdin' is 'perhaps'",
            "'retention' is 'many'",
            "bad.yaml, line 1: 'rules' is missing",
            "bad.yaml, line 3: 'colour' is no field of a record",
        ]);
        Directory.Delete(Path.GetDirectoryName(rules)!, recursive: true);
    }

    private static Task<JsonNode> PostLinesAsync(Sample sample, string query, params string[] lines) => PostLinesAsync(sample, query, null, lines);

    private static async Task<JsonNode> PostLinesAsync(Sample sample, string query, string? key, string[] lines)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/logs{query}")
        {
            Content = new StringContent(string.Join('\n', lines), Encoding.UTF8, "text/plain"),
        };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using var answer = await sample.Client.SendAsync(request, Deadline.Token);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(Deadline.Token))!;
    }

    private static async Task RefusedAsync(Sample sample, string target, HttpStatusCode status, string why, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, target);
        using var answer = await sample.Client.SendAsync(request, Deadline.Token);
        answer.StatusCode.ShouldBe(status);
        ((string?)(await answer.Content.ReadFromJsonAsync<JsonNode>(Deadline.Token))!["detail"]).ShouldNotBeNull().ShouldContain(why);
    }

    private static async Task<JsonNode> JsonAsync(Sample sample, string target) => JsonNode.Parse(await sample.GetAsync(target))!;

    private static async Task<JsonNode> RecordAsync(RawStream stream) => JsonNode.Parse((await stream.EventAsync()).Data!)!;
}
