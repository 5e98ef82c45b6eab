using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Curlew.Client.Tests;

/// <summary>What is sent, through redirects too, and what becomes of answers that are no event stream.</summary>
public sealed class RequestTests
{
    private const string Events = "data: x\n\n";

    [Fact]
    public async Task Request_HasTheMethodHeadersAndBodyOfTheOptions()
    {
        await using var server = new ScriptedServer(ScriptedServer.Stream(Events));
        await using var source = Source(server.Url, new EventSourceOptions
        {
            Method = HttpMethod.Post,
            Headers = { ["X-Tenant"] = "seven", ["Accept"] = "text/event-stream, */*", ["Content-Language"] = "fr" },
            Content = static _ => new(new StringContent("{}", Encoding.UTF8, "application/json")),
        });

        await source.DataAsync();

        var request = server.Requests.Single();
        (request.Method, request.Target, request.Body).ShouldBe(("POST", "/events", "{}"));
        request["X-Tenant"].ShouldBe("seven");
        request["Accept"].ShouldBe("text/event-stream, */*");
        request["Cache-Control"].ShouldBe("no-cache");
        request["Content-Type"].ShouldBe("application/json; charset=utf-8");
        request["Content-Language"].ShouldBe("fr");
    }

    [Fact]
    public async Task PrepareRequest_IsCalledAtEachAttempt()
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer("503 Busy"), ScriptedServer.Answer("204 Done"));
        var token = 0;
        await using var source = Source(server.Url, new EventSourceOptions
        {
            RetryPolicy = SourceReading.AtOnce,
            PrepareRequest = async (request, _) =>
            {
                await Task.Yield();
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", $"t{++token}");
            },
        });

        await source.DataAsync();

        server.Requests.Select(static request => request["Authorization"]).ShouldBe(["Bearer t1", "Bearer t2"]);
    }

    [Fact]
    public async Task PrepareRequest_ThatCannotReachItsServer_CountsAsAFailedAttempt()
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer("204 Done"));
        var calls = 0;
        await using var source = Source(server.Url, new EventSourceOptions
        {
            RetryPolicy = SourceReading.AtOnce,
            PrepareRequest = (_, _) => ++calls == 1 ? throw new HttpRequestException("no token") : default,
        });

        await source.DataAsync();

        calls.ShouldBe(2);
    }

    [Theory]
    [InlineData(301, "GET", "GET", true)]
    [InlineData(302, "POST", "GET", false)]
    [InlineData(301, "PUT", "PUT", true)]
    [InlineData(303, "PUT", "GET", false)]
    [InlineData(307, "POST", "POST", true)]
    [InlineData(308, "POST", "POST", true)]
    public async Task Redirect_IsFollowed_WithTheMethodThatItAsksFor(int status, string before, string after, bool hasBody)
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer($"{status} Elsewhere", "Location: other?a=1#part\r\n"), ScriptedServer.Stream(Events));
        await using var source = Source(server.Url, new EventSourceOptions
        {
            Method = new HttpMethod(before),
            LastEventId = "7",
            Headers = { ["Authorization"] = "Bearer t" },
            Content = before == "GET" ? null : static _ => new(new StringContent("body")),
        });

        (await source.DataAsync()).ShouldBe(["x"]);

        var request = server.Requests.Last();
        (request.Method, request.Target, request.Body).ShouldBe((after, "/other?a=1", hasBody && before != "GET" ? "body" : ""));
        request["Authorization"].ShouldBe("Bearer t");
        request["Last-Event-ID"].ShouldBe("7");
        request["Content-Type"].ShouldBe(request.Body.Length > 0 ? "text/plain; charset=utf-8" : null);
        source.ResponseUrl!.PathAndQuery.ShouldBe("/other?a=1");
    }

    [Fact]
    public async Task Redirect_ToAnotherOrigin_DoesNotTakeCredentialsAlong()
    {
        await using var other = new ScriptedServer(ScriptedServer.Stream(Events));
        await using var server = new ScriptedServer(ScriptedServer.Answer("307 Elsewhere", $"Location: {other.Url}\r\n"));
        await using var source = Source(server.Url, new EventSourceOptions
        {
            LastEventId = "7",
            Headers = { ["Authorization"] = "Bearer t", ["Cookie"] = "a=b", ["X-Tenant"] = "seven" },
        });

        (await source.DataAsync()).ShouldBe(["x"]);

        server.Requests.Single()["Authorization"].ShouldBe("Bearer t");
        var request = other.Requests.Single();
        (request["Authorization"], request["Cookie"], request["X-Tenant"], request["Last-Event-ID"]).ShouldBe((null, null, "seven", "7"));
    }

    [Fact]
    public async Task Redirect_ToAnotherOrigin_IsRefusedWhereTheClientWouldAddCredentials()
    {
        await using var other = new ScriptedServer(ScriptedServer.Stream(Events));
        await using var server = new ScriptedServer(ScriptedServer.Answer("307 Elsewhere", $"Location: {other.Url}\r\n"));
        using var client = new HttpClient(EventSource.CreateHandler()) { DefaultRequestHeaders = { { "Authorization", "Bearer t" } } };
        await using var source = Source(server.Url, new EventSourceOptions { HttpClient = client });

        (await Should.ThrowAsync<EventStreamResponseException>(() => source.DataAsync())).Message.ShouldContain("credentials");

        other.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("Location: \r\n")]
    [InlineData("Location: http://\r\n")]
    [InlineData("Location: ftp://example.org/\r\n")]
    public async Task Redirect_WithoutAUsableLocation_IsAnError(string header)
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer("301 Elsewhere", header));
        await using var source = Source(server.Url);

        (await Should.ThrowAsync<EventStreamResponseException>(() => source.DataAsync())).StatusCode.ShouldBe(HttpStatusCode.MovedPermanently);

        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Redirects_HaveALimit()
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer("302 Elsewhere", "Location: /events\r\n"));
        await using var source = Source(server.Url, new EventSourceOptions { MaxRedirects = 3 });

        (await Should.ThrowAsync<EventStreamResponseException>(() => source.DataAsync())).Message.ShouldContain("after 3 redirects");

        server.Requests.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Reconnect_AfterARedirect_BeginsWithTheSourcesOwnUrl()
    {
        await using var server = new ScriptedServer(
            ScriptedServer.Answer("301 Elsewhere", "Location: /other\r\n"),
            ScriptedServer.Stream(Events),
            ScriptedServer.Answer("204 Done"));
        await using var source = Source(server.Url, new EventSourceOptions { RetryPolicy = SourceReading.AtOnce });

        await source.DataAsync();

        server.Requests.Select(static request => request.Target).ShouldBe(["/events", "/other", "/events"]);
    }

    [Fact]
    public async Task Refusal_NamesStatusContentTypeAndTheStartOfTheBody()
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer("403 No", "Content-Type: text/html\r\nRetry-After: 5\r\n", new string('é', 5000)));
        await using var source = Source(new Uri(server.Url, "/events?secret=1"));

        var error = await Should.ThrowAsync<EventStreamResponseException>(() => source.DataAsync());

        (error.StatusCode, error.ContentType, error.RetryAfter).ShouldBe((HttpStatusCode.Forbidden, "text/html", TimeSpan.FromSeconds(5)));
        error.Body.Length.ShouldBe(EventStreamResponseException.MaxBodyBytes);
        error.Message.ShouldBe($"The server answered GET {server.Url} with status 403.");
    }

    [Fact]
    public async Task Refusal_OfTheWrongType_NamesIt()
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer("200 OK", "Content-Type: application/json\r\n", "{}"), ScriptedServer.Answer("200 OK"));
        await using var source = Source(server.Url);

        (await Should.ThrowAsync<EventStreamResponseException>(() => source.DataAsync())).Message.ShouldContain("'application/json' instead of text/event-stream");
        (await Should.ThrowAsync<EventStreamResponseException>(() => source.DataAsync())).Message.ShouldContain("without a content type");
    }

    [Fact]
    public async Task GivenClient_ThatCannotSendTheId_IsAFinalError()
    {
        await using var server = new ScriptedServer(ScriptedServer.Stream("id: \u00e2\u0080\u00a6\ndata: x\n\n"));
        using var client = new HttpClient();
        await using var source = Source(server.Url, new EventSourceOptions { HttpClient = client, RetryPolicy = static failure => failure.DefaultDelay is null ? null : TimeSpan.Zero });

        (await Should.ThrowAsync<NotSupportedException>(() => source.DataAsync())).Message.ShouldContain(nameof(SocketsHttpHandler.RequestHeaderEncodingSelector));

        source.LastEventId.ShouldBe("…");
    }

    [Fact]
    public async Task GivenClient_WithItsTimeout_IsRetried()
    {
        await using var server = new ScriptedServer(exchange => exchange.Number == 1 ? exchange.HoldAsync() : exchange.SendAsync(ScriptedServer.Answer("204 Done")));
        using var client = new HttpClient { Timeout = TimeSpan.FromMilliseconds(50) };
        await using var source = Source(server.Url, new EventSourceOptions { HttpClient = client, RetryPolicy = SourceReading.AtOnce });
        Exception? error = null;
        source.StateChanged += (_, change) => error ??= change.Failure?.Error;

        await source.DataAsync();

        error.ShouldBeOfType<TimeoutException>();
    }

    [Fact]
    public async Task ClientFactory_IsAskedAtEachAttempt()
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer("500 No"), ScriptedServer.Answer("204 Done"));
        using var client = new HttpClient(EventSource.CreateHandler());
        var asked = 0;
        await using var source = Source(server.Url, new EventSourceOptions { RetryPolicy = SourceReading.AtOnce, HttpClientFactory = () => ++asked > 0 ? client : null! });

        await source.DataAsync();

        asked.ShouldBe(2);
    }

    [Fact]
    public void Options_ThatAreWrong_AreNamedTogether()
    {
        using var handler = EventSource.CreateHandler();
        using var client = new HttpClient();
        var options = new EventSourceOptions
        {
            Method = null!,
            LastEventId = "a\nb",
            ReconnectionTime = TimeSpan.FromSeconds(-1),
            MaxReconnectionDelay = TimeSpan.MaxValue,
            HealthyAfter = TimeSpan.FromSeconds(-1),
            IdleTimeout = TimeSpan.Zero,
            ResponseTimeout = TimeSpan.Zero,
            MaxEventBytes = 0,
            MaxRedirects = -1,
            TimeProvider = null!,
            HttpClient = client,
            HttpMessageHandler = handler,
        };

        var message = Should.Throw<ArgumentException>(() => new EventSource("http://example.org", options)).Message;

        string[] names = ["Method", "LastEventId", "ReconnectionTime", "MaxReconnectionDelay", "HealthyAfter", "IdleTimeout", "ResponseTimeout", "MaxEventBytes", "MaxRedirects", "TimeProvider", "HttpClientFactory"];
        names.ShouldAllBe(name => message.Contains(name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Options_AreTakenOverWhenTheSourceIsMade()
    {
        await using var server = new ScriptedServer(ScriptedServer.Stream(Events));
        var options = new EventSourceOptions { RetryPolicy = SourceReading.Never };
        await using var source = new EventSource(server.Url, options);
        options.Headers["X-Later"] = "1";
        options.LastEventId = "later";

        await source.DataAsync();

        (server.Requests.Single()["X-Later"], server.Requests.Single()["Last-Event-ID"]).ShouldBe((null, null));
    }

    private static EventSource Source(Uri url, EventSourceOptions? options = null)
    {
        options ??= new();
        options.RetryPolicy ??= SourceReading.Never;
        return new(url, options);
    }
}
