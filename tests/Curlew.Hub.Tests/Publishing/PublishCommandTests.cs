using System.Net;
using System.Net.Sockets;

namespace Curlew.Hub.Tests.Publishing;

public sealed class PublishCommandTests
{
    [Fact]
    public async Task The_event_is_posted_as_text_and_its_id_printed()
    {
        await using var hub = await ScriptedHub.StartAsync();
        var terminal = new TestTerminal();

        (await terminal.RunAsync("publish", "a b/ö", "{\"x\": \"é\"}", "--type", "t&u", "--key", "k-1", "--hub", hub.Address.ToString(), "-H", "Authorization: Bearer x"))
            .ShouldBe(0, terminal.Error);

        terminal.Output.ShouldBe("1700000000000-1" + Environment.NewLine);
        terminal.Error.ShouldBeEmpty();
        var request = hub.Requests.ShouldHaveSingleItem();
        request.Query.ShouldBe("?topic=a%20b%2F%C3%B6&type=t%26u");
        request.Body.ShouldBe("{\"x\": \"é\"}");
        request.ContentType.ShouldBe("text/plain; charset=utf-8");
        request.Key.ShouldBe("k-1");
        request.Headers["Authorization"].ShouldBe("Bearer x");
        request.Headers.ContainsKey("Origin").ShouldBeFalse();
    }

    [Theory]
    [InlineData("-", "line 1\nline 2\n", "line 1\nline 2\n")]
    [InlineData("-", "", "")]
    [InlineData("@file", "unread", "@file")]
    [InlineData("-5", "unread", "-5")]
    [InlineData("", "unread", "")]
    public async Task Data_is_sent_as_it_is_and_a_dash_reads_standard_input(string data, string input, string published)
    {
        await using var hub = await ScriptedHub.StartAsync();
        var terminal = new TestTerminal(input);

        (await terminal.RunAsync("publish", "topic", data, "--hub", hub.Address.ToString())).ShouldBe(0, terminal.Error);

        hub.Stored.ShouldBe([published]);
    }

    [Fact]
    public async Task A_hub_below_a_path_is_asked_there()
    {
        await using var hub = await ScriptedHub.StartAsync();
        var terminal = new TestTerminal();

        (await terminal.RunAsync("publish", "topic", "data", "--hub", new Uri(hub.Address, "/below/").ToString())).ShouldBe(1);

        terminal.Error.ShouldBe("curlew: the hub answers 404 Not Found; is the address right?" + Environment.NewLine);
    }

    [Fact]
    public async Task A_refusal_is_printed_with_every_field_and_without_control_characters()
    {
        await using var hub = await ScriptedHub.StartAsync();
        hub.Script.Enqueue(ScriptedHub.Answer(
            400, """{"title":"The event is not valid","detail":"Nothing was \u001b[31mpublished.","errors":{"topics[0]":["'*' is no topic.","It is a pattern."],"type":["Too long."]}}"""));
        var terminal = new TestTerminal();

        (await terminal.RunAsync("publish", "*", "data", "--hub", hub.Address.ToString())).ShouldBe(1);

        terminal.Output.ShouldBeEmpty();
        terminal.Error.ReplaceLineEndings("\n").ShouldBe("""
            curlew: The event is not valid (400): Nothing was �[31mpublished.
              topics[0]: '*' is no topic. It is a pattern.
              type: Too long.

            """.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData(502, "<html>much</html>", "text/html", "the hub answers 502 Bad Gateway")]
    [InlineData(403, "not you", "text/plain", "the hub answers 403 Forbidden: not you")]
    [InlineData(400, "{broken", "application/problem+json", "the hub answers 400 Bad Request")]
    [InlineData(200, "<html>hello</html>", "text/html", "not as a hub does")]
    [InlineData(200, "[]", "application/json", "not as a hub does")]
    [InlineData(301, "", "text/plain", "301 Moved Permanently; is the address right?")]
    public async Task An_answer_that_is_not_a_hubs_fails_with_what_there_is_to_say(int status, string body, string contentType, string message)
    {
        await using var hub = await ScriptedHub.StartAsync();
        hub.Script.Enqueue(ScriptedHub.Answer(status, body, contentType));
        var terminal = new TestTerminal();

        (await terminal.RunAsync("publish", "topic", "data", "--hub", hub.Address.ToString())).ShouldBe(1);

        terminal.Error.ShouldContain(message);
        terminal.Error.ShouldNotContain("much");
    }

    [Fact]
    public async Task Where_nobody_listens_it_says_so_and_how_to_start_a_hub()
    {
        // Bound and not listening: nobody else gets the port, and connections to it are refused.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var terminal = new TestTerminal();

        (await terminal.RunAsync("publish", "topic", "data", "--hub", $"http://{socket.LocalEndPoint}")).ShouldBe(1);

        terminal.Error.ShouldStartWith($"curlew: no hub answers at http://{socket.LocalEndPoint} (Connection refused");
        terminal.Error.TrimEnd().ShouldEndWith("Start one with: curlew serve");
    }

    [Fact]
    public async Task A_hub_that_does_not_answer_in_time_is_given_up()
    {
        await using var hub = await ScriptedHub.StartAsync();
        hub.Script.Enqueue((context, _) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        var terminal = new TestTerminal();

        (await terminal.RunAsync("publish", "topic", "data", "--timeout", "100ms", "--hub", hub.Address.ToString())).ShouldBe(1);

        terminal.Error.ShouldContain("did not answer in time");
    }
}
