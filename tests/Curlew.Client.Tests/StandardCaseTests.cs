using System.Text;
using System.Text.Json;

namespace Curlew.Client.Tests;

/// <summary>Each case of the web platform's tests that is not about a browser, played by a server on a real socket.</summary>
public sealed class StandardCaseTests
{
    public static IEnumerable<TheoryDataRow<string>> Ids { get; } = StandardCases.Applicable.Select(item => new TheoryDataRow<string>(StandardCases.IdOf(item)));

    [Fact]
    public void Cases_AreAllThere() => (StandardCases.All.Count, Ids.Count()).ShouldBe((86, 80));

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Case_IsMet(string id)
    {
        var item = StandardCases.All.Single(item => StandardCases.IdOf(item) == id);
        var client = item.GetProperty("client");
        if (client.TryGetProperty("url", out var url))
        {
            // A URL that no stream can come from is refused at once, where a browser may report it later.
            Should.Throw<Exception>(() => new EventSource(url.GetString()!)).GetType().ShouldBeOneOf(typeof(ArgumentException), typeof(UriFormatException));
            return;
        }

        await using var server = new ScriptedServer(exchange => PlayAsync(item, exchange));
        var run = new Run(server.Url, item);
        await using (run.Source)
        {
            run.Source.State.ShouldBe(EventSourceState.Connecting);
            run.Source.Url.ShouldBe(server.Url);
            await run.ReadAsync();
            run.Check([.. server.Requests]);
        }

        run.Source.State.ShouldBe(EventSourceState.Closed);
        await Eventually.UntilAsync(() => server.OpenConnections == 0);
    }

    private static async Task PlayAsync(JsonElement item, ScriptedServer.Exchange exchange)
    {
        if (item.TryGetProperty("chunks", out var chunks))
        {
            await exchange.SendAsync(ScriptedServer.StreamHead);
            foreach (var chunk in chunks.EnumerateArray())
                await exchange.SendAsync(chunk.GetProperty("bodyB64").GetBytesFromBase64());
            return;
        }

        var script = item.GetProperty("script").EnumerateArray().ToArray();
        var response = script[Math.Min(exchange.Number, script.Length) - 1].GetProperty("response");
        if (response.GetProperty("delayMs").GetInt32() > 0)
        {
            // The answer would come too late: the client has gone by then.
            await exchange.HoldAsync();
            return;
        }

        var head = new StringBuilder($"HTTP/1.1 {response.GetProperty("status").GetInt32()} .\r\n");
        foreach (var header in response.GetProperty("headers").EnumerateArray())
        {
            var value = header[1].GetString()!.Replace("<same server, second path>", "/second", StringComparison.Ordinal)
                .Replace("<request Origin>", "http://origin.example", StringComparison.Ordinal);
            head.Append(header[0].GetString()).Append(": ").Append(value).Append("\r\n");
        }

        await exchange.SendAsync(head.Append("Connection: close\r\n\r\n").ToString());
        await exchange.SendAsync(response.GetProperty("bodyB64").GetBytesFromBase64());
        if (response.GetProperty("end").GetString() == "hold")
            await exchange.HoldAsync();
    }

    private sealed class Run
    {
        private readonly JsonElement _item;
        private readonly JsonElement _expect;
        private readonly string _closeWhen;
        private readonly CancellationTokenSource _closing = CancellationTokenSource.CreateLinkedTokenSource(Deadline.Token);
        private readonly List<SseItem<string>> _events = [];
        private readonly List<string> _errors = [];
        private readonly List<TimeSpan> _delays = [];
        private int _opens;

        public Run(Uri url, JsonElement item)
        {
            _item = item;
            _expect = item.GetProperty("expect");
            _closeWhen = item.GetProperty("client").GetProperty("closeWhen").GetString()!;
            Source = new EventSource(url, new EventSourceOptions { RetryPolicy = Retry });
            Source.StateChanged += (_, change) => Note(change);
        }

        public EventSource Source { get; }

        public async Task ReadAsync()
        {
            if (_closeWhen == "immediately")
                await _closing.CancelAsync();
            var wanted = _expect.GetProperty("events").GetArrayLength();
            try
            {
                await foreach (var item in Source.ReadAllAsync(_closing.Token))
                {
                    _events.Add(item);
                    if (_closeWhen == "eventsReceived" && _events.Count == wanted)
                        break;
                }

                if (_closeWhen == "never")
                    _errors.Add("CLOSED");
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested && !Deadline.Token.IsCancellationRequested)
            {
                // The case's own close.
            }
            catch (EventStreamResponseException) when (_closeWhen == "never")
            {
                // Told by the state, too.
            }
        }

        public void Check(ScriptedServer.Request[] requests)
        {
            var expected = _expect.GetProperty("events").EnumerateArray()
                .Select(static e => (Text(e, "type"), Text(e, "data"), Text(e, "lastEventId")));
            // Of the case's last connection some may have come before the close, and some not.
            var events = _events.Select(static e => (e.EventType, e.Data, e.EventId ?? ""));
            if (_closeWhen == "secondOpen")
                events.ShouldBe(expected.Take(1));
            else
                events.ShouldBe(expected);
            if (Has("opens", out var opens))
                _opens.ShouldBe(opens.GetInt32());
            if (Has("errorStates", out var errors))
                _errors.ShouldBe(errors.EnumerateArray().Select(static e => e.GetString()!));
            if (Has("requests", out var count))
                requests.Length.ShouldBe(count.GetInt32());
            if (Has("lastEventId", out var id))
                Source.LastEventId.ShouldBe(id.GetString());
            if (Has("reconnectionTimeMs", out var time))
                Source.Parser.ReconnectionTime.ShouldBe(TimeSpan.FromMilliseconds(time.GetDouble()));
            if (Has("reconnectDelayMs", out var delay))
                _delays[0].TotalMilliseconds.ShouldBe(delay.GetProperty("value").GetDouble(), delay.GetProperty("value").GetDouble() * delay.GetProperty("tolerance").GetDouble());
            if (_opens > 0)
                Source.ResponseUrl!.GetLeftPart(UriPartial.Authority).ShouldBe(Source.Url.GetLeftPart(UriPartial.Authority));
            if (_item.TryGetProperty("script", out var script))
            {
                foreach (var (exchange, request) in script.EnumerateArray().Zip(requests))
                    CheckRequest(exchange.GetProperty("request"), request);
            }
        }

        private static void CheckRequest(JsonElement expected, ScriptedServer.Request request)
        {
            request.Method.ShouldBe(Text(expected, "method"));
            if (expected.TryGetProperty("headers", out var headers))
            {
                foreach (var header in headers.EnumerateObject())
                    request[header.Name].ShouldBe(header.Value.GetString());
            }

            if (expected.TryGetProperty("absentHeaders", out var absent))
            {
                foreach (var name in absent.EnumerateArray())
                    request[name.GetString()!].ShouldBeNull();
            }
        }

        private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

        private bool Has(string name, out JsonElement value) => _expect.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

        /// <summary>As in a browser no status is retried, and nothing is waited for.</summary>
        private TimeSpan? Retry(ConnectionFailure failure)
        {
            if (failure.StatusCode is not null || _closeWhen == "endOfStream" || failure.DefaultDelay is not { } delay)
                return null;
            _delays.Add(delay);
            return TimeSpan.Zero;
        }

        private void Note(EventSourceStateEventArgs change)
        {
            if (change.Failure is not null && _closeWhen != "endOfStream")
                _errors.Add(change.State == EventSourceState.Connecting ? "CONNECTING" : "CLOSED");

            if (change.State != EventSourceState.Open)
                return;
            _opens++;
            if (_closeWhen == "open" || (_closeWhen == "secondOpen" && _opens == 2))
                _closing.Cancel();
        }
    }
}
