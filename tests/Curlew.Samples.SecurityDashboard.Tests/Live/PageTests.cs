using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Curlew.Samples.SecurityDashboard.Tests.Lines;
using static Microsoft.Playwright.Assertions;

namespace Curlew.Samples.SecurityDashboard.Tests.Live;

/// <summary>The page in real browsers, against the running program.</summary>
public sealed class PageTests(Chromium chromium)
{
    /// <summary>The pictures of each run, to be looked at.</summary>
    private static readonly string Screenshots = Path.Combine(AppContext.BaseDirectory, "screenshots");

    [Fact]
    public async Task A_scenario_played_in_one_browser_raises_alerts_in_all_whose_life_all_follow()
    {
        await using var sample = await Sample.StartAsync("SecurityDashboard");
        await using var ann = await OpenDashboard.OpenAsync(chromium, sample);
        await using var bob = await OpenDashboard.OpenAsync(chromium, sample);
        const string alert = "Login after many failures";

        await ann.Scenario("brute-force").Locator("select").SelectOptionAsync("100");
        await ann.Scenario("brute-force").GetByRole(AriaRole.Button, new() { Name = "Play" }).ClickAsync();
        await Expect(bob.Alert(alert)).ToHaveAttributeAsync("data-severity", "critical");
        await Expect(bob.Scenario("brute-force").Locator(".state")).ToHaveTextAsync("finished, 39 of 39 lines");
        await Expect(bob.Logs).ToHaveCountAsync(39);

        await ann.Page.FillAsync("#analyst", "ann");
        await ann.Alert(alert).Locator(".step").ClickAsync();
        await Expect(bob.Alert(alert).Locator(".life")).ToContainTextAsync("acknowledged by ann");
        await bob.Page.FillAsync("#analyst", "bob");
        await bob.Alert(alert).Locator(".step").ClickAsync();
        await Expect(ann.Alert(alert)).ToBeHiddenAsync();
        await ann.Page.SelectOptionAsync("#alert-state", "resolved");
        await Expect(ann.Alert(alert).Locator(".life")).ToContainTextAsync("resolved by bob");

        // Who comes later sees the same, from the hub's log.
        await using var carol = await OpenDashboard.OpenAsync(chromium, sample);
        await Expect(carol.Page.Locator("#alert-counts")).ToHaveTextAsync("3 new, 0 acknowledged, 1 resolved");
        await Expect(carol.Scenario("brute-force").Locator(".state")).ToHaveTextAsync("finished, 39 of 39 lines");
        ann.Problems.Concat(bob.Problems).Concat(carol.Problems).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_scenario_is_paused_resumed_and_stopped_for_all()
    {
        await using var sample = await Sample.StartAsync("SecurityDashboard");
        await using var one = await OpenDashboard.OpenAsync(chromium, sample);
        await using var other = await OpenDashboard.OpenAsync(chromium, sample);

        await one.Scenario("phishing").GetByRole(AriaRole.Button, new() { Name = "Play" }).ClickAsync();
        await Expect(other.Scenario("phishing")).ToHaveAttributeAsync("data-state", "playing");
        await other.Scenario("phishing").GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(one.Scenario("phishing")).ToHaveAttributeAsync("data-state", "paused");
        await one.Scenario("phishing").GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await Expect(other.Scenario("phishing")).ToHaveAttributeAsync("data-state", "playing");
        await other.Scenario("phishing").GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await Expect(one.Scenario("phishing")).ToHaveAttributeAsync("data-state", "stopped");
    }

    [Fact]
    public async Task The_log_is_filtered_and_paused_and_bounded()
    {
        await using var sample = await Sample.StartAsync("SecurityDashboard");
        await using var page = await OpenDashboard.OpenAsync(chromium, sample);
        await PostAsync(sample, "web.log", Web(1, "192.0.2.8", "-", "GET /missing HTTP/1.1", 404, 0), Web(2, "192.0.2.8", "-", "GET /there HTTP/1.1", 200, 9));
        await PostAsync(sample, "auth.log", Syslog(3, "h", "sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2"));
        await Expect(page.Logs).ToHaveCountAsync(3);

        await page.Page.SelectOptionAsync("[name=severity]", "low");
        await Expect(page.Logs).ToHaveCountAsync(2);
        await page.Page.SelectOptionAsync("[name=source]", "web.log");
        await Expect(page.Logs).ToHaveCountAsync(1);
        await Expect(page.Logs).ToContainTextAsync("GET /missing");
        await page.Page.FillAsync("[name=text]", "password");
        await Expect(page.Page.Locator("#logs-empty")).ToHaveTextAsync("No line matches the filter.");
        await page.Page.SelectOptionAsync("[name=severity]", "unknown");
        await page.Page.SelectOptionAsync("[name=source]", "");
        await Expect(page.Logs).ToHaveCountAsync(1);
        await page.Page.FillAsync("[name=text]", "");
        await Expect(page.Logs).ToHaveCountAsync(3);

        await page.Page.ClickAsync("#pause");
        await PostAsync(sample, "web.log", [.. Enumerable.Range(0, 400).Select(i => Web(10 + i, "192.0.2.8", "-", $"GET /page{i} HTTP/1.1", 200, 9))]);
        await Expect(page.Page.Locator("#waiting")).ToHaveTextAsync("400 waiting");
        (await page.Logs.CountAsync()).ShouldBe(3);
        await page.Page.ClickAsync("#pause");
        await Expect(page.Logs.First).ToContainTextAsync("/page399");
        await Expect(page.Logs).ToHaveCountAsync(300);
        await Expect(page.Page.Locator("#logs-kept")).ToHaveTextAsync("403");
        await Expect(page.Page.Locator("#total-lines")).ToHaveTextAsync("403");
        await Expect(page.Page.Locator("#rates path[data-severity=info]")).ToHaveAttributeAsync("d", new Regex("^M", default, TimeSpan.FromSeconds(1)));
        page.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_line_leads_to_all_of_the_same_address_user_or_host_that_is_retained()
    {
        await using var sample = await Sample.StartAsync("SecurityDashboard");
        await PostAsync(sample, "auth.log", [.. Enumerable.Range(1, 6).Select(i => Syslog(i, $"h{i}", $"sshd[1]: Failed password for u{i % 2} from 192.0.2.7 port 22 ssh2"))]);
        await using var page = await OpenDashboard.OpenAsync(chromium, sample);

        await page.Logs.First.GetByRole(AriaRole.Button, new() { Name = "192.0.2.7" }).ClickAsync();
        await Expect(page.Page.Locator("#search-result")).ToHaveTextAsync("6 of the 6 retained lines match.");
        await page.Page.Locator("#found .record").First.GetByRole(AriaRole.Button, new() { Name = "u0" }).ClickAsync();
        await Expect(page.Page.Locator("#search-result")).ToHaveTextAsync("3 of the 6 retained lines match.");
        await page.Page.Locator("#found .record").First.GetByRole(AriaRole.Button, new() { Name = "h6" }).ClickAsync();
        await Expect(page.Page.Locator("#search-result")).ToHaveTextAsync("1 of the 6 retained lines match.");
        await page.Page.FillAsync("#search [name=address]", "nowhere");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.Locator("#search-result")).ToHaveTextAsync("'nowhere' is no IP address.");
    }

    [Fact]
    public async Task A_hostile_line_is_text()
    {
        const string markup = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script><style>*{display:none}</style>";
        await using var sample = await Sample.StartAsync("SecurityDashboard");
        await using var page = await OpenDashboard.OpenAsync(chromium, sample);

        await PostAsync(sample, markup[..60], $"{markup} a\u202eb\u001b[2J");
        await PostAsync(sample, "auth.log", [.. Enumerable.Range(1, 8).Select(i => Syslog(i, "<b>h</b>", $"sshd[1]: Failed password for invalid user {markup} from 192.0.2.7 port 22 ssh2"))]);

        await Expect(page.Page.Locator("#alerts .message").First).ToContainTextAsync(markup);
        await Expect(page.Logs.Last.Locator(".message")).ToHaveTextAsync($"{markup} a\ufffdb\ufffd[2J");
        (await page.Page.Locator("main").Locator("img, script, style, b").CountAsync()).ShouldBe(0);
        await Expect(page.Page).ToHaveTitleAsync("(1) Security dashboard");
        page.Problems.ShouldBeEmpty();
        await page.Page.EvaluateAsync("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.title=1\">')");
        await Eventually.UntilAsync(() => page.Problems.Any(static problem => problem.Contains("Content Security Policy", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task After_a_restart_the_page_comes_back_and_says_what_it_may_have_missed()
    {
        var url = $"http://127.0.0.1:{FreePort.Next()}";
        OpenDashboard page;
        await using (var sample = await Sample.StartAsync("SecurityDashboard", "--urls", url))
        {
            page = await OpenDashboard.OpenAsync(chromium, sample);
            await PostAsync(sample, "auth.log", [.. Enumerable.Range(1, 8).Select(i => Syslog(i, "h", "sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2"))]);
            await Expect(page.Alert("SSH brute force")).ToBeVisibleAsync();
        }

        await using (page)
        {
            await Expect(page.Page.Locator("#logs-connection .state")).ToHaveTextAsync("reconnecting");
            await using var sample = await Sample.StartAsync("SecurityDashboard", "--urls", url);
            await page.ShouldBeLiveAsync();

            await Expect(page.Page.Locator("#logs > .gap")).ToHaveTextAsync("Gap: the server no longer has what came while this page was away.");
            await Expect(page.Page.Locator("#alerts > .gap")).ToHaveCountAsync(1);
            // The new server knows nothing of the old one's alerts.
            await Expect(page.Alert("SSH brute force")).ToHaveCountAsync(0);
            await PostAsync(sample, "auth.log", "after");
            await Expect(page.Logs.First).ToContainTextAsync("after");
        }
    }

    [Fact]
    public async Task Every_text_can_be_read_and_nothing_is_wider_than_the_screen()
    {
        await using var sample = await Sample.StartAsync("SecurityDashboard");
        foreach (var scenario in new[] { "brute-force", "exfiltration", "phishing", "privilege-escalation" })
            await sample.PostAsync($"/api/scenarios/{scenario}/play?speed=100");
        await PostAsync(sample, "other.log", "a line of no known format");
        var alert = JsonNode.Parse(await sample.GetAsync("/api/alerts"))!.AsArray();
        await Eventually.UntilAsync(async () => (alert = JsonNode.Parse(await sample.GetAsync("/api/alerts"))!.AsArray()).Count == 14);
        await sample.PostAsync($"/api/alerts/{alert[^1]!["id"]}/acknowledge?by=ann");

        foreach (var (width, colors) in new[] { (360, ColorScheme.Light), (360, ColorScheme.Dark), (1280, ColorScheme.Light), (1280, ColorScheme.Dark) })
        {
            await using var page = await OpenDashboard.OpenAsync(chromium, sample, width, 900, colors);
            await Expect(page.Page.Locator("#alert-counts")).ToHaveTextAsync("13 new, 1 acknowledged, 0 resolved");
            await Expect(page.Scenario("brute-force")).ToHaveAttributeAsync("data-state", "finished");
            await page.Page.ClickAsync("#pause");
            var name = $"{width}-{(colors == ColorScheme.Dark ? "dark" : "light")}";
            await page.Page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, $"{name}.png"), FullPage = true });
            var contrast = await TextContrast.MeasureAsync(page.Page);
            contrast.Failures.ShouldBeEmpty(name);
            contrast.Measured.ShouldBeGreaterThan(100);
            (await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(width);

            await page.Alert("Lateral movement").Locator(".pivot").First.ClickAsync();
            await Expect(page.Page.Locator("#found .record").First).ToBeVisibleAsync();
            await page.Page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, $"{name}-search.png") });
            (await TextContrast.MeasureAsync(page.Page)).Failures.ShouldBeEmpty(name);
        }
    }

    private static async Task PostAsync(Sample sample, string source, params string[] lines)
    {
        using var content = new StringContent(string.Join('\n', lines));
        using var answer = await sample.Client.PostAsync(new Uri($"/api/logs?source={Uri.EscapeDataString(source)}", UriKind.Relative), content, Deadline.Token);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
