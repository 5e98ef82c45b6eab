using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Curlew.Hub.Tests.Tail;

public sealed class TailCommandTests
{
    private const string Stream = "text/event-stream";

    [Fact]
    public async Task Text_is_a_line_an_event_without_control_characters()
    {
        await using var server = await ServeAsync(Stream, "id: 1\ndata: one\n\nid: 2\nevent: a b\ndata: two\ndata: \u001b[31mred\tö\n\ndata:\n\n");
        var terminal = new TestTerminal();

        (await terminal.RunAsync("tail", Url(server), "--count", "3")).ShouldBe(0, terminal.Error);

        terminal.Output.ShouldBe("1 message one\n2 a_b two\n    \uFFFD[31mred\tö\n2 message \n");
        terminal.Error.ShouldBe($"curlew: connected to {Url(server)}{Environment.NewLine}");
    }

    [Fact]
    public async Task Data_alone_is_printed_as_it_is()
    {
        await using var server = await ServeAsync(Stream, "id: 1\ndata: \u001b[31mone\ndata: two\n\n");
        var terminal = new TestTerminal();

        (await terminal.RunAsync("tail", Url(server), "--count", "1", "--data-only", "--quiet")).ShouldBe(0);

        (terminal.Output, terminal.Error).ShouldBe(("\u001b[31mone\ntwo\n", ""));
    }

    [Fact]
    public async Task Json_is_an_object_a_line_and_gaps_stand_among_the_events()
    {
        await using var server = await ServeAsync(Stream, """
            id: 5
            event: gap
            data: {"reason":"dropped","lastEventId":"1","oldest":"4","missed":3}

            data: "ö\n"

            """ + "\n");
        var terminal = new TestTerminal();

        (await terminal.RunAsync("tail", Url(server), "--count", "1", "--json")).ShouldBe(0);

        var lines = terminal.Output.Split('\n');
        lines[0].ShouldEndWith(""","id":"5","gap":"dropped","lastEventId":"1","oldest":"4","missed":3}""");
        lines[1].ShouldEndWith(""","id":"5","type":"message","data":"\"ö\\n\""}""");
        terminal.Error.ShouldContain("curlew: gap (dropped): 3 events were dropped");
    }

    [Fact]
    public async Task Topics_since_last_event_id_and_headers_are_what_the_hub_is_asked()
    {
        var asked = new TaskCompletionSource<(string Query, string Id, string Tenant)>();
        await using var server = await ServeAsync(context =>
        {
            asked.TrySetResult((context.Request.QueryString.Value!, context.Request.Headers["Last-Event-ID"].ToString(), context.Request.Headers["X-Tenant"].ToString()));
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        });
        var terminal = new TestTerminal();

        (await terminal.RunAsync(
            "tail", "a/*", "b c", "--hub", new Uri(Url(server)).GetLeftPart(UriPartial.Authority), "--since", "2026-01-31T12:00:00Z", "--last-event-id", "ö1", "-H", "X-Tenant: 7"))
            .ShouldBe(0);

        var (query, id, tenant) = await asked.Task;
        query.ShouldBe("?topic=a%2F%2A&topic=b%20c&since=2026-01-31T12%3A00%3A00.0000000%2B00%3A00");
        System.Text.Encoding.UTF8.GetString(System.Text.Encoding.Latin1.GetBytes(id)).ShouldBeOneOf("ö1", "?1", "\uFFFD1");
        tenant.ShouldBe("7");
        terminal.Error.ShouldContain("the server ended the stream");
    }

    [Theory]
    [InlineData(401, "application/problem+json", """{"title":"Unauthorized","detail":"Who are you?"}""", "curlew: Unauthorized (401): Who are you?")]
    [InlineData(404, "text/html", "<html>", "curlew: the hub answers 404 Not Found; is the address right?")]
    [InlineData(200, "text/html; charset=utf-8", "<html>", "its content type is text/html; charset=utf-8; is the address right?")]
    public async Task A_final_answer_is_told_and_fails(int status, string contentType, string body, string message)
    {
        await using var server = await ServeAsync(contentType, body, status);
        var terminal = new TestTerminal();

        (await terminal.RunAsync("tail", Url(server))).ShouldBe(1);

        terminal.Error.ShouldContain(message);
        terminal.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_end_before_the_count_fails()
    {
        var asked = 0;
        await using var server = await ServeAsync(async context =>
        {
            context.Response.StatusCode = asked++ == 0 ? 200 : 204;
            context.Response.ContentType = Stream;
            if (context.Response.StatusCode == 200)
                await context.Response.WriteAsync("retry: 0\ndata: x\n\n");
        });
        var terminal = new TestTerminal();

        (await terminal.RunAsync("tail", Url(server), "--count", "2")).ShouldBe(1);

        terminal.Error.ShouldContain("the server ended the connection; again in");
        terminal.Error.ShouldEndWith($"curlew: the server ended the stream, after 1 of 2 events{Environment.NewLine}");
        terminal.Output.ShouldBe("- message x\n");
    }

    [Theory]
    [InlineData(0, new string[0])]
    [InlineData(1, new[] { "--count", "2" })]
    public async Task Silence_ends_it_well_unless_events_are_missing(int exitCode, string[] options)
    {
        await using var server = await ServeAsync(async context =>
        {
            context.Response.ContentType = Stream;
            await context.Response.WriteAsync("data: x\n\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        var terminal = new TestTerminal();

        (await terminal.RunAsync(["tail", Url(server), "--timeout", "5s", .. options])).ShouldBe(exitCode);

        terminal.Output.ShouldBe("- message x\n");
        if (exitCode == 1)
            terminal.Error.ShouldContain("no event came for 5s, after 1 of 2 events");
    }

    private static string Url(WebApplication server) => server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/events";

    private static Task<WebApplication> ServeAsync(string contentType, string body, int status = 200) => ServeAsync(async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        await context.Response.WriteAsync(body);
    });

    private static async Task<WebApplication> ServeAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/events", answer);
        await app.StartAsync();
        return app;
    }
}
