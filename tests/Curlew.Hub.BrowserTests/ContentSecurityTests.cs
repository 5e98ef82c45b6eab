using System.Net;
using static Microsoft.Playwright.Assertions;

namespace Curlew.Hub.BrowserTests;

public sealed class ContentSecurityTests(Chromium chromium)
{
    [Fact]
    public async Task MarkupInAnEvent_IsText_AndThePageKeepsItsPolicy()
    {
        const string markup = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script><style>*{display:none}</style>";
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);

        await hub.PublishAsync("<b>topic</b>", markup, "<i>type</i>");
        await live.ShouldShowAsync($"<b>topic</b> | <i>type</i> | {markup}");
        await live.PressAsync("e", "Enter");

        await Expect(live.EventRows.Locator("pre")).ToHaveTextAsync(markup);
        (await live.Page.Locator("#rows").Locator("img, script, style, b, i").CountAsync()).ShouldBe(0);
        await Expect(live.Page).ToHaveTitleAsync("Curlew");
        live.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task AViolationOfThePolicy_IsNoticed()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);

        await live.Page.EvaluateAsync("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">no</p>')");

        await Curlew.Testing.Eventually.UntilAsync(() => live.Problems.Any(problem => problem.StartsWith("CSP: style-src", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("", "text/html; charset=utf-8")]
    [InlineData("live/app.js", "text/javascript; charset=utf-8")]
    [InlineData("live/page.css", "text/css; charset=utf-8")]
    [InlineData("live/icon.svg", "image/svg+xml")]
    public async Task EveryFile_HasItsTypeItsTagAndTheHeadersThatGuardIt(string path, string contentType)
    {
        await using var hub = await HubUnderTest.StartAsync();

        using var answer = await hub.GetAsync(path);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType.ShouldNotBeNull().ToString().ShouldBe(contentType);
        answer.Headers.ETag.ShouldNotBeNull().IsWeak.ShouldBeFalse();
        answer.Headers.CacheControl.ShouldNotBeNull().NoCache.ShouldBeTrue();
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
        answer.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldBe(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'");

        using var head = await hub.SendAsync(HttpMethod.Head, path);
        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        using var unchanged = await hub.SendAsync(HttpMethod.Get, path, answer.Headers.ETag);
        unchanged.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }
}
