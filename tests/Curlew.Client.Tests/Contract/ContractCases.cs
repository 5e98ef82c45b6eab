using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Curlew.Client.Tests;

/// <summary>
/// What the contract tests for SSE clients (launchdarkly/sse-contract-tests, 2.31) ask of a service, case by case and in their groups, in words and with
/// events of this suite's own. Each case also finds that nothing is told that the contract does not want.
/// </summary>
internal static class ContractCases
{
    private const string Json = """{"some": "json"}""";
    private const string JsonType = "application/json; charset=utf-8";
    private const string Bom = "\uFEFF";

    // Beyond what the buffers on the way hold, and in base64 near to the client's limit when there are two.
    private const int LargeBytes = 5 * 1024 * 1024;

    /// <summary>How long the pieces of a line are apart, for each to be a read of its own.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(1);

    private static readonly Dictionary<string, object?> AtOnce = new(StringComparer.Ordinal) { ["initialDelayMs"] = 0 };

    public static IReadOnlyDictionary<string, Func<ContractHarness, Task>> All { get; } =
        Parsing().Concat(Comments()).Concat(LineEnds()).Concat(ByteOrderMarks()).Concat(Requests()).Concat(Reconnects()).ToDictionary(StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, Func<ContractHarness, Task>>> Parsing()
    {
        yield return Reads("parsing: a line in a chunk", ["data: one\n\n"], new Told("one"));
        yield return Reads("parsing: a line in two chunks", ["data: o", "ne\n\n"], new Told("one"));
        yield return Reads("parsing: two events that share the second of three chunks", ["data: first", "half\n\ndata:", "second\n\n"], new Told("firsthalf"), new Told("second"));
        yield return Reads("parsing: two events in a chunk", ["data: one\n\ndata: two\n\n"], new Told("one"), new Told("two"));
        yield return Reads("parsing: two lines", ["data: one\ndata:two\n\n"], new Told("one\ntwo"));
        yield return Reads("parsing: empty data", ["data:\n\n"], new Told(""));
        yield return Reads("parsing: a type", ["event: kind\ndata: one\n\n"], new Told("one", Type: "kind"));
        yield return Reads("parsing: no type", ["data: one\n\n"], new Told("one", Type: "message"));
        yield return Reads("parsing: an id", ["id: 7\ndata: one\n\n"], new Told("one", "7"));
        yield return Reads("parsing: a type and an id", ["event: kind\nid: 7\ndata: one\n\n"], new Told("one", "7", "kind"));
        yield return Reads("parsing: an id with NUL is none", ["id: 7\0\ndata: one\n\n"], new Told("one"));
        yield return Reads("parsing: an id stays", ["id: 7\ndata: one\n\n", "data: two\n\n"], new Told("one", "7"), new Told("two", "7"));
        yield return Reads("parsing: an empty id ends that", ["id: 7\ndata: one\n\n", "id: \ndata: two\n\n"], new Told("one", "7"), new Told("two"));
        yield return Reads("parsing: any order of fields", ["data: one\nid: 7\nevent: kind\n\n"], new Told("one", "7", "kind"));
        yield return Reads("parsing: an unknown field", ["event: kind\nshape: round\ndata: one\n\n"], new Told("one", Type: "kind"));
        yield return Reads("parsing: no space behind the colon", ["event:kind\ndata:one\n\n"], new Told("one", Type: "kind"));
        yield return Reads("parsing: two spaces behind the colon", ["event:  kind\ndata:  one\n\n"], new Told(" one", Type: " kind"));
        yield return Reads("parsing: no colon", ["data\n\ndata\ndata\n\n"], new Told(""), new Told("\n"));
        yield return Reads("parsing: characters of several bytes", ["data: \u00fc\u20ac\u8c46\U0001F600\n\n"], new Told("\u00fc\u20ac\u8c46\U0001F600"));
        yield return Reads("parsing: characters of several bytes, byte by byte", Pieces("data: \u00fc\u20ac\u8c46\U0001F600\n\n", 1), new Told("\u00fc\u20ac\u8c46\U0001F600"));
        var many = Enumerable.Range(0, 100).Select(static n => new Told(string.Create(CultureInfo.InvariantCulture, $"number {n}"))).ToArray();
        yield return Reads("parsing: a hundred events in a chunk", [string.Concat(many.Select(static told => $"data: {told.Data}\n\n"))], many);
        yield return Case("parsing: a large event in a chunk", static harness => ReadsLargeAsync(harness, LargeBytes));
        yield return Case("parsing: a large event in two chunks", static harness => ReadsLargeAsync(harness, LargeBytes, LargeBytes));
    }

    private static IEnumerable<KeyValuePair<string, Func<ContractHarness, Task>>> Comments()
    {
        yield return Case("comments: one", async harness =>
        {
            var (client, connection) = await OpenAsync(harness);
            await connection.SendAsync(":first\n");
            await client.ExpectCommentAsync("first");
            await EndAsync(client, connection);
        });
        yield return Case("comments: two", async harness =>
        {
            var (client, connection) = await OpenAsync(harness);
            await connection.SendAsync(":first\n");
            await client.ExpectCommentAsync("first");
            await connection.SendAsync(":second\n");
            await client.ExpectCommentAsync("second");
            await EndAsync(client, connection);
        });
        yield return Case("comments: before an event", async harness =>
        {
            var (client, connection) = await OpenAsync(harness);
            await connection.SendAsync(":first\n");
            await connection.SendAsync("data: one\n\n");
            await client.ExpectCommentAsync("first");
            await client.ExpectEventAsync("one");
            await EndAsync(client, connection);
        });
        yield return Case("comments: behind an event", async harness =>
        {
            var (client, connection) = await OpenAsync(harness);
            await connection.SendAsync("data: one\n\n");
            await connection.SendAsync(":first\n");
            await client.ExpectEventAsync("one");
            await client.ExpectCommentAsync("first");
            await EndAsync(client, connection);
        });
    }

    private static IEnumerable<KeyValuePair<string, Func<ContractHarness, Task>>> LineEnds()
    {
        (string Name, string Text, Told[] Told)[] streams =
        [
            ("an event of a line", "data: one|", [new("one")]),
            ("an event of a line, and one of two", "data: one|^data: two|data: three|", [new("one"), new("two\nthree")]),
            ("an event whose first line is empty", "data:|data: two|data: three|", [new("\ntwo\nthree")]),
            ("an event whose second line is empty", "data: one|data:|data: three|", [new("one\n\nthree")]),
            ("two events, a blank line between", "data: one|^|data: two|", [new("one"), new("two")]),
            ("two events, two blank lines between", "data: one|^||data: two|", [new("one"), new("two")]),
        ];
        foreach (var (endName, end) in ((string, string)[])[("LF", "\n"), ("CRLF", "\r\n"), ("CR", "\r")])
        {
            foreach (var (name, text, told) in streams)
            {
                var octets = (text + "|").Replace("^", "|", StringComparison.Ordinal).Replace("|", end, StringComparison.Ordinal);
                yield return Reads($"{endName}: {name}, in a chunk", [octets], told);
                yield return Reads($"{endName}: {name}, byte by byte", Pieces(octets, 1), told);
                yield return Reads($"{endName}: {name}, two bytes at a time", Pieces(octets, 2), told);
            }
        }

        yield return Reads("CRLF: cut within", ["data: one\r", "\ndata: two\r", "\n\r\ndata: three\r", "\n", "\r", "\n"], new Told("one\ntwo"), new Told("three"));
    }

    private static IEnumerable<KeyValuePair<string, Func<ContractHarness, Task>>> ByteOrderMarks()
    {
        yield return Reads("BOM: at the start", [Bom + "data: one\n\n"], new Told("one"));
        yield return Reads("BOM: before a type and an id", [Bom + "event: kind\nid: 7\ndata: one\n\n"], new Told("one", "7", "kind"));
        yield return Reads("BOM: before two events", [Bom + "data: one\n\ndata: two\n\n"], new Told("one"), new Told("two"));
        yield return Reads("BOM: in later data", ["data: one\n\n", "data: " + Bom + "two\n\n"], new Told("one"), new Told(Bom + "two"));
        yield return ReadsBytes("BOM: in two chunks", [[0xEF, 0xBB], [0xBF, .. "data: one\n\n"u8]], new Told("one"));
        yield return ReadsBytes("BOM: in three chunks", [[0xEF], [0xBB], [0xBF], [.. "data: one\n\n"u8]], new Told("one"));
        yield return Reads("BOM: at the start and in the data", [Bom + "data: " + Bom + "one\n\n"], new Told(Bom + "one"));
        yield return Reads("BOM: none", ["data: one\n\n"], new Told("one"));
        yield return Reads("BOM: before two lines", [Bom + "data: one\ndata: two\n\n"], new Told("one\ntwo"));
        yield return Case("BOM: before a comment", async harness =>
        {
            var (client, connection) = await OpenAsync(harness);
            await connection.SendAsync(Bom + ":first\ndata: one\n\n");
            await client.ExpectCommentAsync("first");
            await client.ExpectEventAsync("one");
            await EndAsync(client, connection);
        });
        yield return Reads("BOM: before empty data", [Bom + "data:\n\n"], new Told(""));
    }

    private static IEnumerable<KeyValuePair<string, Func<ContractHarness, Task>>> Requests()
    {
        yield return Case("request: method and headers", async harness =>
        {
            var (client, connection) = await OpenAsync(harness);
            connection.Method.ShouldBe("GET");
            connection.Headers["Accept"].ShouldBe("text/event-stream");
            connection.Headers["Cache-Control"].ShouldBe("no-cache");
            connection.LastEventId.ShouldBeNull();
            await EndAsync(client, connection);
        });
        yield return Case("request: 204 ends it", async harness =>
        {
            var client = await harness.OpenAsync(AtOnce, Answer(204));
            await Eventually.UntilAsync(() => client.Requests > 0);
            // Others have all that they need; one that came back would have done so in that time.
            for (var i = 0; i < 3; i++)
            {
                var (other, connection) = await OpenAsync(harness);
                await EndAsync(other, connection);
            }

            client.Requests.ShouldBe(1);
            await client.CloseAsync();
        });
        foreach (var status in (int[])[301, 307])
        {
            var name = status.ToString(CultureInfo.InvariantCulture);
            yield return Case($"request: {name} is followed", async harness =>
            {
                var (url, stream) = harness.AddStream();
                var client = await harness.OpenAsync(null, Answer(status, url));
                var connection = await stream.ConnectionAsync();
                await connection.SendAsync("data: one\n\n");
                await client.ExpectEventAsync("one");
                await EndAsync(client, connection);
                (client.Requests, stream.Requests).ShouldBe((1, 1));
            });
            yield return Case($"request: {name} to an empty location", harness => FailsAsync(harness, Answer(status, "")));
            yield return Case($"request: {name} to no location", harness => FailsAsync(harness, Answer(status)));
        }

        yield return Case("request: headers", async harness =>
        {
            var headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["x-first"] = "one", ["x-second"] = "two" };
            var (client, connection) = await OpenAsync(harness, new(StringComparer.Ordinal) { ["headers"] = headers });
            (connection.Headers["x-first"], connection.Headers["x-second"]).ShouldBe(("one", "two"));
            await EndAsync(client, connection);
        });
        foreach (var method in (string[])["POST", "REPORT"])
        {
            yield return Case($"request: {method}", async harness =>
            {
                var (client, connection) = await OpenAsync(harness, WithBody(method));
                (connection.Method, connection.Headers["Content-Type"], connection.Body).ShouldBe((method, JsonType, Json));
                await EndAsync(client, connection);
            });
        }

        yield return Case("request: a last event id", async harness =>
        {
            var (client, connection) = await OpenAsync(harness, new(StringComparer.Ordinal) { ["lastEventId"] = "7" });
            connection.LastEventId.ShouldBe("7");
            await EndAsync(client, connection);
        });
    }

    private static IEnumerable<KeyValuePair<string, Func<ContractHarness, Task>>> Reconnects()
    {
        yield return Case("reconnect: when the caller wants it", async harness =>
        {
            var (client, connection) = await OpenAsync(harness, AtOnce);
            await connection.SendAsync("data: one\n\n");
            await client.ExpectEventAsync("one");
            await client.RestartAsync();
            connection = await client.ConnectionAsync();
            await connection.SendAsync("data: two\n\n");
            await client.ExpectEventAsync("two");
            await EndAsync(client, connection);
        });
        yield return Case("reconnect: with the last id", async harness =>
        {
            var (client, connection) = await OpenAsync(harness, AtOnce);
            connection.LastEventId.ShouldBeNull();
            await connection.SendAsync("id: 7\ndata: one\n\n");
            await client.ExpectEventAsync("one", "7");
            connection = await ReconnectAsync(client, connection);
            connection.LastEventId.ShouldBe("7");
            await EndAsync(client, connection);
        });
        yield return Case("reconnect: with the last id, of an earlier event", async harness =>
        {
            var (client, connection) = await OpenAsync(harness, AtOnce);
            await connection.SendAsync("id: 7\ndata: one\n\n");
            await connection.SendAsync("data: two\n\n");
            await client.ExpectEventAsync("one", "7");
            await client.ExpectEventAsync("two", "7");
            connection = await ReconnectAsync(client, connection);
            connection.LastEventId.ShouldBe("7");
            await EndAsync(client, connection);
        });
        yield return Case("reconnect: without an id that was emptied", async harness =>
        {
            var (client, connection) = await OpenAsync(harness, AtOnce);
            await connection.SendAsync("id: 7\ndata: one\n\n");
            await connection.SendAsync("id: \ndata: two\n\n");
            await client.ExpectEventAsync("one", "7");
            await client.ExpectEventAsync("two");
            connection = await ReconnectAsync(client, connection);
            connection.LastEventId.ShouldBeNull();
            await EndAsync(client, connection);
        });
        yield return Case("reconnect: with the body", async harness =>
        {
            var (client, connection) = await OpenAsync(harness, WithBody("POST"));
            (connection.Method, connection.Body).ShouldBe(("POST", Json));
            connection = await ReconnectAsync(client, connection);
            (connection.Method, connection.Body).ShouldBe(("POST", Json));
            await EndAsync(client, connection);
        });
        yield return Case("reconnect: after a silence", async harness =>
        {
            // As long as the contract tests have it. The event is there with the head, so that it cannot be late.
            var requests = 0;
            var client = await harness.OpenAsync(new Dictionary<string, object?>(AtOnce, StringComparer.Ordinal) { ["readTimeoutMs"] = 500 }, async http =>
            {
                http.Response.ContentType = "text/event-stream";
                if (Interlocked.Increment(ref requests) == 1)
                    await http.Response.WriteAsync("data: one\n\n", http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
            });
            await client.ExpectEventAsync("one");
            await client.ExpectErrorAsync();
            await Eventually.UntilAsync(() => client.Requests > 1);
            await client.CloseAsync();
        });
        yield return Case("reconnect: without what was cut", async harness =>
        {
            var (client, connection) = await OpenAsync(harness, AtOnce);
            await connection.SendAsync("id: 7\ndata: one\n\nid: 8\ndata: tw");
            await client.ExpectEventAsync("one", "7");
            connection = await ReconnectAsync(client, connection);
            await connection.SendAsync("data: three\n\n");
            await client.ExpectEventAsync("three", "7");
            await EndAsync(client, connection);
        });
        yield return Case("reconnect: to a stream that is read", async harness =>
        {
            var (client, connection) = await OpenAsync(harness, AtOnce);
            await connection.SendAsync("id: 7\ndata: one\n\n");
            await client.ExpectEventAsync("one", "7");
            connection = await ReconnectAsync(client, connection);
            await connection.SendAsync("id: 8\ndata: two\n\n");
            await client.ExpectEventAsync("two", "8");
            await EndAsync(client, connection);
        });
    }

    private static KeyValuePair<string, Func<ContractHarness, Task>> Case(string name, Func<ContractHarness, Task> play) => new(name, play);

    private static KeyValuePair<string, Func<ContractHarness, Task>> Reads(string name, string[] chunks, params Told[] told) =>
        ReadsBytes(name, Array.ConvertAll(chunks, Encoding.UTF8.GetBytes), told);

    private static KeyValuePair<string, Func<ContractHarness, Task>> Reads(string name, byte[][] chunks, params Told[] told) => ReadsBytes(name, chunks, told);

    private static KeyValuePair<string, Func<ContractHarness, Task>> ReadsBytes(string name, byte[][] chunks, params Told[] told) => Case(name, async harness =>
    {
        var (client, connection) = await OpenAsync(harness);
        for (var i = 0; i < chunks.Length; i++)
        {
            if (i > 0)
                await Task.Delay(Pace);
            await connection.SendAsync(chunks[i]);
        }

        foreach (var (data, id, type) in told)
            await client.ExpectEventAsync(data, id, type);
        await EndAsync(client, connection);
    });

    private static byte[][] Pieces(string text, int size) => [.. Encoding.UTF8.GetBytes(text).Chunk(size)];

    private static async Task ReadsLargeAsync(ContractHarness harness, params int[] parts)
    {
        var texts = Array.ConvertAll(parts, static bytes => Convert.ToBase64String(RandomNumberGenerator.GetBytes(bytes)));
        var (client, connection) = await OpenAsync(harness);
        for (var i = 0; i < texts.Length; i++)
            await connection.SendAsync((i == 0 ? "data: " : "") + texts[i] + (i == texts.Length - 1 ? "\n\n" : ""));
        await client.ExpectEventAsync(string.Concat(texts));
        await EndAsync(client, connection);
    }

    private static Dictionary<string, object?> WithBody(string method) => new(AtOnce, StringComparer.Ordinal)
    {
        ["method"] = method,
        ["body"] = Json,
        ["headers"] = new Dictionary<string, string>(StringComparer.Ordinal) { ["content-type"] = JsonType },
    };

    private static Func<HttpContext, Task> Answer(int status, string? location = null) => http =>
    {
        http.Response.StatusCode = status;
        if (location is not null)
            http.Response.Headers["Location"] = new StringValues(location);
        return Task.CompletedTask;
    };

    private static async Task FailsAsync(ContractHarness harness, Func<HttpContext, Task> answer)
    {
        var client = await harness.OpenAsync(null, answer);
        await client.ExpectErrorAsync();
        await client.CloseAsync();
        client.HasMore.ShouldBeFalse();
        client.Requests.ShouldBe(1);
    }

    private static async Task<(ContractClient Client, ContractConnection Connection)> OpenAsync(ContractHarness harness, Dictionary<string, object?>? parameters = null)
    {
        var client = await harness.OpenAsync(parameters);
        return (client, await client.ConnectionAsync());
    }

    /// <summary>Ends a connection: there is one error for it, and another connection.</summary>
    private static async Task<ContractConnection> ReconnectAsync(ContractClient client, ContractConnection connection)
    {
        connection.End();
        var next = await client.ConnectionAsync();
        await client.ExpectErrorAsync();
        return next;
    }

    private static async Task EndAsync(ContractClient client, ContractConnection connection)
    {
        await client.ExpectNoMoreAsync(connection);
        await client.CloseAsync();
        await connection.Ended.WaitAsync(Deadline.Token);
    }

    /// <summary>An event as it is told.</summary>
    private sealed record Told(string Data, string Id = "", string Type = "message");
}
