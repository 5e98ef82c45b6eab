using System.Net;
using System.Net.Sockets;
using Curlew.Protocol;

namespace Curlew.Client.Tests;

/// <summary>When a source connects again, and after how long. Time stands still until a test moves it.</summary>
public sealed class ReconnectTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly List<EventSourceStateEventArgs> _failures = [];

    [Fact]
    public async Task NetworkFailures_AreRetried_WithGrowingWaits()
    {
        var source = Source(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "away"), jitter: 1);

        await FailAsync(source, 7);

        Delays().ShouldBe([3.6, 6, 12, 24, 30, 30, 30]);
        _failures.Select(static f => f.Failure!.Attempt).ShouldBe([1, 2, 3, 4, 5, 6, 7]);
    }

    [Fact]
    public async Task Jitter_NeverShortensTheReconnectionTime()
    {
        var source = Source(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "away"), jitter: 0);

        await FailAsync(source, 4);

        Delays().ShouldBe([3, 3, 3, 3]);
    }

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(0, 2, 0.5)]
    [InlineData(0, 60, 30)]
    [InlineData(120, 1, 144)]
    [InlineData(120, 9, 144)]
    [InlineData(1, 3, 4)]
    public void Backoff_GrowsFromTheReconnectionTime(double reconnectionTime, int failures, double longest) =>
        Backoff.Next(TimeSpan.FromSeconds(reconnectionTime), failures, TimeSpan.FromSeconds(30), new FixedRandom(1)).TotalSeconds.ShouldBe(longest, 0.001);

    [Theory]
    [MemberData(nameof(NetworkFailures))]
    public async Task Exception_OfTheNetwork_IsRetried(Exception error)
    {
        var source = Source(request => request == 1 ? throw error : StubHandler.Status(HttpStatusCode.NoContent));

        await FailAsync(source, 1);

        _failures.Single().State.ShouldBe(EventSourceState.Connecting);
        _failures.Single().Failure!.Error.ShouldBe(error);
    }

    public static TheoryData<Exception> NetworkFailures =>
    [
        new HttpRequestException("no"), new HttpIOException(HttpRequestError.ResponseEnded), new IOException("no"), new SocketException((int)SocketError.NotConnected),
    ];

    [Fact]
    public async Task Exception_OfTheCallersOwn_IsFinal()
    {
        var source = Source(_ => throw new InvalidOperationException("mine"));

        (await Should.ThrowAsync<InvalidOperationException>(() => source.DataAsync())).Message.ShouldBe("mine");
        source.State.ShouldBe(EventSourceState.Closed);
    }

    [Theory]
    [InlineData(HttpStatusCode.RequestTimeout, true)]
    [InlineData(HttpStatusCode.TooManyRequests, true)]
    [InlineData(HttpStatusCode.InternalServerError, true)]
    [InlineData(HttpStatusCode.BadGateway, true)]
    [InlineData(HttpStatusCode.ServiceUnavailable, true)]
    [InlineData(HttpStatusCode.ResetContent, false)]
    [InlineData(HttpStatusCode.NotModified, false)]
    [InlineData(HttpStatusCode.Unauthorized, false)]
    [InlineData(HttpStatusCode.Forbidden, false)]
    [InlineData(HttpStatusCode.NotFound, false)]
    public async Task Status_IsRetriedOrFinal(HttpStatusCode status, bool isRetried)
    {
        var source = Source(request => StubHandler.Status(request == 1 ? status : HttpStatusCode.NoContent));

        if (isRetried)
            await FailAsync(source, 1);
        else
            (await Should.ThrowAsync<EventStreamResponseException>(() => source.DataAsync())).StatusCode.ShouldBe(status);

        _failures.Single().State.ShouldBe(isRetried ? EventSourceState.Connecting : EventSourceState.Closed);
        _failures.Single().Failure!.StatusCode.ShouldBe(status);
    }

    [Fact]
    public async Task RetryAfter_IsWaitedFor()
    {
        var source = Source(request => request switch
        {
            1 => StubHandler.Status(HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(90)),
            2 => StubHandler.Status(HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)),
            _ => StubHandler.Status(HttpStatusCode.NoContent),
        });

        await FailAsync(source, 2);

        Delays().ShouldBe([90, 3]);
    }

    [Fact]
    public async Task Retry_OfTheServer_IsHonouredAndStays()
    {
        var source = Source(request => request switch
        {
            1 => Stream("retry: 10000\ndata: x\n\n"),
            2 or 3 => Stream("data: x\n\n"),
            _ => StubHandler.Status(HttpStatusCode.NoContent),
        });

        await FailAsync(source, 3);

        Delays().ShouldBe([10, 10, 10]);
        source.Parser.ReconnectionTime.ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Row_OfFailures_EndsWithAHealthyConnection()
    {
        // Refused twice, broken after a healthy spell, broken at once, ended with an event, ended empty.
        var source = Source(request => request switch
        {
            1 or 2 => StubHandler.Status(HttpStatusCode.BadGateway),
            3 => StubHandler.EventStream(new BreakingStream(() => _clock.Advance(EventSourceOptions.DefaultHealthyAfter))),
            4 => StubHandler.EventStream(new BreakingStream(static () => { })),
            5 => Stream("data: x\n\n"),
            6 => Stream(": nothing\n\n"),
            _ => StubHandler.Status(HttpStatusCode.NoContent),
        });

        await FailAsync(source, 6);

        _failures.Select(static f => f.Failure!.Attempt).ShouldBe([1, 2, 1, 2, 1, 2]);
    }

    [Fact]
    public async Task Policy_ThatGivesUp_EndsReading()
    {
        var source = Source(
            request => request < 3 ? StubHandler.Status(HttpStatusCode.BadGateway) : throw new HttpRequestException("away"),
            policy: failure => failure.Attempt < 3 ? TimeSpan.Zero : null);

        (await Should.ThrowAsync<HttpRequestException>(() => source.DataAsync())).Message.ShouldBe("away");

        _failures.Select(static f => f.State).ShouldBe([EventSourceState.Connecting, EventSourceState.Connecting, EventSourceState.Closed]);
        source.State.ShouldBe(EventSourceState.Closed);
    }

    [Fact]
    public async Task Policy_MayRetryWhatIsFinal()
    {
        var source = Source(
            request => request switch { 1 => StubHandler.Status(HttpStatusCode.Unauthorized), 2 => Stream("data: x\n\n"), _ => StubHandler.Status(HttpStatusCode.NoContent) },
            policy: failure => failure.StatusCode == HttpStatusCode.Unauthorized ? TimeSpan.FromSeconds(1) : failure.DefaultDelay);

        var reading = source.DataAsync();
        await AdvanceUntilAsync(reading);

        (await reading).ShouldBe(["x"]);
        Delays().ShouldBe([1, 3]);
    }

    [Fact]
    public async Task Answer_ThatDoesNotCome_IsAFailure()
    {
        await using var server = new ScriptedServer(exchange => exchange.Number == 1 ? exchange.HoldAsync() : exchange.SendAsync(ScriptedServer.Answer("204 Done")));
        await using var source = new EventSource(server.Url, Options());
        Note(source);
        var reading = source.DataAsync();
        await Eventually.UntilAsync(() => server.Requests.Count == 1);

        _clock.Advance(EventSourceOptions.DefaultResponseTimeout - TimeSpan.FromSeconds(1));
        reading.IsCompleted.ShouldBeFalse();
        _failures.ShouldBeEmpty();
        _clock.Advance(TimeSpan.FromSeconds(1));

        await AdvanceUntilAsync(reading);
        _failures.Single().Failure!.Error.ShouldBeOfType<TimeoutException>().Message.ShouldContain("did not answer");
    }

    [Fact]
    public async Task Silence_OfTheServer_EndsTheConnection()
    {
        const string Event = "id: 1\ndata: x\n\n";
        using var heartbeat = new SemaphoreSlim(0);
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Number > 1)
            {
                await exchange.SendAsync(ScriptedServer.Answer("204 Done"));
                return;
            }

            await exchange.SendAsync(ScriptedServer.StreamHead + Event);
            await heartbeat.WaitAsync(exchange.Ending);
            await exchange.SendAsync(":");
            await exchange.HoldAsync();
        });
        var options = Options();
        options.IdleTimeout = TimeSpan.FromSeconds(45);
        options.ReadComments = true;
        using var metrics = new MetricTotals(server.Url.Port);
        await using var source = new EventSource(server.Url, options);
        Note(source);
        var reading = source.DataAsync();
        await Eventually.UntilAsync(() => source.LastEventId == "1" && _clock.ActiveTimers == 1);

        // A byte is a sign of life, though it is not yet a comment.
        _clock.Advance(TimeSpan.FromSeconds(44));
        heartbeat.Release();
        await Eventually.UntilAsync(() => metrics["curlew.client.received"] > Event.Length);
        await Eventually.UntilAsync(() => _clock.ActiveTimers == 1);
        _clock.Advance(TimeSpan.FromSeconds(44));
        _failures.ShouldBeEmpty();
        _clock.Advance(TimeSpan.FromSeconds(1));

        await AdvanceUntilAsync(reading);
        _failures.Single().Failure!.Error.ShouldBeOfType<TimeoutException>().Message.ShouldContain("00:00:45");
        server.Requests.Last()["Last-Event-ID"].ShouldBe("1");
    }

    [Fact]
    public async Task SlowReader_IsNotTakenForASilentServer()
    {
        var source = Source(
            request => request == 1
                ? StubHandler.EventStream(new ChunkedStream(["data: a\n\n"u8.ToArray(), "data: b\n\n"u8.ToArray()], static _ => true))
                : StubHandler.Status(HttpStatusCode.NoContent));
        List<string> data = [];
        var reading = ((Func<Task>)(async () =>
        {
            await foreach (var item in source.ReadAllAsync(Deadline.Token))
            {
                data.Add(item.Data);
                if (data.Count == 1)
                    _clock.Advance(TimeSpan.FromHours(1));
            }
        }))();

        await AdvanceUntilAsync(reading);

        data.ShouldBe(["a", "b"]);
        _failures.Single().Failure!.Error.ShouldBeNull();
    }

    [Fact]
    public async Task Event_BeyondTheLimit_IsFinal()
    {
        var options = Options();
        using var handler = new StubHandler(_ => Stream($"id: 1\ndata: ok\n\nid: 2\ndata: {new string('x', 1000)}\n\n"));
        options.HttpMessageHandler = handler;
        options.MaxEventBytes = 1000;
        await using var source = new EventSource("http://stub.example/", options);
        List<string> data = [];

        var error = await Should.ThrowAsync<EventStreamTooLargeException>(async () =>
        {
            await foreach (var item in source.ReadAllAsync(Deadline.Token))
                data.Add(item.Data);
        });

        error.MaxBlockBytes.ShouldBe(1000);
        data.ShouldBe(["ok"]);
        source.LastEventId.ShouldBe("1");
        source.State.ShouldBe(EventSourceState.Closed);
    }

    private static HttpResponseMessage Stream(string body) => StubHandler.EventStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(body)));

    private EventSourceOptions Options(double jitter = 0) => new() { TimeProvider = _clock, Random = new FixedRandom(jitter) };

    private EventSource Source(Func<int, HttpResponseMessage> answer, double jitter = 0, Func<ConnectionFailure, TimeSpan?>? policy = null)
    {
        var options = Options(jitter);
        options.HttpMessageHandler = new StubHandler(answer);
        options.RetryPolicy = policy;
        var source = new EventSource("http://stub.example/", options);
        Note(source);
        return source;
    }

    private void Note(EventSource source) => source.StateChanged += (_, change) =>
    {
        if (change.Failure is not null)
            _failures.Add(change);
    };

    private double[] Delays() => [.. _failures.Select(static f => Math.Round(f.Delay!.Value.TotalSeconds, 3))];

    /// <summary>Reads until so many failures were told, and ends.</summary>
    private async Task FailAsync(EventSource source, int failures)
    {
        await using (source)
        {
            var reading = source.DataAsync();
            await Eventually.UntilAsync(() =>
            {
                if (_failures.Count >= failures)
                    return true;
                _clock.Advance(TimeSpan.FromSeconds(1));
                return false;
            });
        }
    }

    private Task AdvanceUntilAsync(Task reading) => Eventually.UntilAsync(() =>
    {
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        return reading.IsCompleted;
    });

    private sealed class FixedRandom(double value) : Random
    {
        public override double NextDouble() => value;
    }

    /// <summary>Breaks at its first read.</summary>
    private sealed class BreakingStream(Action before) : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            before();
            throw new IOException("cut");
        }
    }
}
