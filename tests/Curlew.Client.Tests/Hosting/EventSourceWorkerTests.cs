using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Curlew.Client.Tests;

/// <summary>The worker of a host: each event at least once, in order, also over restarts.</summary>
public sealed partial class EventSourceWorkerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("curlew-client-").FullName;
    private readonly Recording _recording = new();
    private readonly LogCollector _log = new();
    private readonly ManualTimeProvider _clock = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task RestartedWorker_ContinuesWhereItWas()
    {
        await using var app = TestApp.Create();
        await app.StartAsync();
        for (var run = 0; run < 3; run++)
        {
            // What is published while the worker is away, and then while it runs; a first worker begins live.
            if (run > 0)
                await app.Publisher.PublishAsync("a", $"away {run}", cancellationToken: Deadline.Token);
            using var host = Host(app.Url("/events/a"));
            await host.StartAsync(Deadline.Token);
            await Eventually.UntilAsync(() => _log.Entries.Count(static entry => entry.Message.Contains("is connected", StringComparison.Ordinal)) == run + 1);
            await app.Publisher.PublishAsync("a", $"there {run}", cancellationToken: Deadline.Token);
            await Eventually.UntilAsync(() => _recording.Handled.Contains($"there {run}", StringComparer.Ordinal));
            await host.StopAsync(Deadline.Token);
        }

        _recording.Handled.ShouldBe(["there 0", "away 1", "there 1", "away 2", "there 2"]);
        _log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Event_ThatIsNotHandled_ComesAgainUntilItIs()
    {
        await using var server = Server();
        var attempts = 0;
        _recording.Before = (data, _) => data == "2" && ++attempts < 4 ? throw new FormatException("no") : default;
        using var host = Host(server.Url);
        await host.StartAsync(Deadline.Token);

        await AdvanceUntilAsync(() => _recording.Handled.Count == 3);
        await host.StopAsync(Deadline.Token);

        _recording.Handled.ShouldBe(["1", "2", "3"]);
        attempts.ShouldBe(4);
        server.Requests.Count.ShouldBe(1);
        _log.Problems.Count.ShouldBe(3);
        _log.Problems.ShouldAllBe(static entry => entry.Message.StartsWith("Handling event 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Event_ThatAStopInterrupts_ComesAgainAfterTheRestart()
    {
        await using var server = Server();
        _recording.Before = static (data, cancel) => data == "2" ? new(Task.Delay(Timeout.Infinite, cancel)) : default;
        using (var host = Host(server.Url))
        {
            await host.StartAsync(Deadline.Token);
            await Eventually.UntilAsync(() => _recording.Handled.Count == 1);
            await host.StopAsync(Deadline.Token);
        }

        _recording.Before = static (_, _) => default;
        using (var host = Host(server.Url))
        {
            await host.StartAsync(Deadline.Token);
            await Eventually.UntilAsync(() => _recording.Handled.Count == 3);
            await host.StopAsync(Deadline.Token);
        }

        _recording.Handled.ShouldBe(["1", "2", "3"]);
        server.Requests.Select(static request => request["Last-Event-ID"]).ShouldBe([null, "1"]);
        _log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Position_MovedByKeepAlives_IsKeptNowAndThenAndAtTheStop()
    {
        using var next = new SemaphoreSlim(0);
        await using var server = new ScriptedServer(async exchange =>
        {
            await exchange.SendAsync(ScriptedServer.StreamHead);
            for (var i = 1; ; i++)
            {
                await exchange.SendAsync($"id: {i}\n\n");
                await next.WaitAsync(exchange.Ending);
            }
        });
        var store = new CountingStore();
        using var metrics = new MetricTotals(server.Url.Port);
        using var host = Host(server.Url, source => source.KeepLastEventIdIn(_ => store));
        await host.StartAsync(Deadline.Token);
        for (var i = 1; i <= 25; i++)
        {
            await Eventually.UntilAsync(() => metrics["curlew.client.received"] >= Enumerable.Range(1, i).Sum(static n => $"id: {n}\n\n".Length) && _clock.ActiveTimers == 1);
            _clock.Advance(TimeSpan.FromSeconds(1));
            if (i < 25)
                next.Release();
        }

        await host.StopAsync(Deadline.Token);

        // The tenth second after the start, the tenth after that, and the end.
        store.Saved.ShouldBe(["11", "21", "25"]);
    }

    [Fact]
    public async Task Gap_IsHandledAndLogged()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            await exchange.SendAsync(ScriptedServer.Stream("id: 5\nevent: gap\ndata: {\"reason\":\"lost\",\"lastEventId\":\"9\",\"oldest\":\"5\"}\n\n"));
            await exchange.HoldAsync();
        });
        var store = new CountingStore();
        using var host = Host(server.Url, source => source.KeepLastEventIdIn(_ => store));
        await host.StartAsync(Deadline.Token);
        await Eventually.UntilAsync(() => store.Saved.Count == 1);
        await host.StopAsync(Deadline.Token);

        _recording.Handled.ShouldBe(["gap lost"]);
        store.Saved.ShouldBe(["5"]);
        _log.Problems.Single().Message.ShouldContain("lost");
    }

    [Fact]
    public async Task Store_ThatFailsToSave_StopsNothing()
    {
        await using var server = Server();
        var store = new CountingStore { Fails = true };
        using var host = Host(server.Url, source => source.KeepLastEventIdIn(_ => store));
        await host.StartAsync(Deadline.Token);
        await Eventually.UntilAsync(() => _recording.Handled.Count == 3);
        store.Fails = false;
        await host.StopAsync(Deadline.Token);

        store.Saved.ShouldBe(["3"]);
        _log.Problems.Count.ShouldBeInRange(2, 3);
    }

    [Fact]
    public async Task Store_ThatFailsToLoad_StopsTheHost()
    {
        await using var server = Server();
        await File.WriteAllTextAsync(Path.Combine(_directory, "orders.id"), "", TestContext.Current.CancellationToken);
        using var host = Host(server.Url);

        await host.StartAsync(Deadline.Token);

        await Eventually.UntilAsync(() => host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task TypedHandler_GetsItsType()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            await exchange.SendAsync(ScriptedServer.Stream("id: 1\ndata: {\"Total\":3}\n\n"));
            await exchange.HoldAsync();
        });
        var builder = NewHost();
        builder.Services.AddEventSource("orders", server.Url.ToString()).AddEventHandler<PaymentHandler, Payment>(PaymentJson.Default.Payment);
        using var host = builder.Build();
        await host.StartAsync(Deadline.Token);
        await Eventually.UntilAsync(() => _recording.Handled.Count == 1);
        await host.StopAsync(Deadline.Token);

        _recording.Handled.ShouldBe(["3"]);
    }

    [Fact]
    public async Task AddEventSource_GivesASourceOnTheClientFactory()
    {
        await using var server = new ScriptedServer(ScriptedServer.Stream("data: x\n\n"), ScriptedServer.Stream("id: \u00e2\u0080\u00a6\ndata: y\n\n"), ScriptedServer.Answer("204 Done"));
        var builder = NewHost();
        var seen = 0;
        builder.Services.AddEventSource("news", server.Url.ToString(), static options => options.RetryPolicy = SourceReading.AtOnce)
            .HttpClient.AddHttpMessageHandler(() => new CountingHandler(() => seen++));
        using var host = builder.Build();
        var source = host.Services.GetRequiredKeyedService<EventSource>("news");

        (await source.DataAsync()).ShouldBe(["x", "y"]);

        seen.ShouldBe(3);
        server.Requests.Last()["Last-Event-ID"].ShouldBe("\u00e2\u0080\u00a6");
    }

    [Fact]
    public async Task WrongOptions_StopTheStart()
    {
        var builder = NewHost();
        builder.Services.AddEventSource("news", "http://stub.example/", static options => (options.MaxRedirects, options.MaxEventBytes) = (-1, 0));
        using var host = builder.Build();

        var error = await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync(Deadline.Token));

        error.Message.ShouldContain("Event source 'news': MaxRedirects is -1");
        error.Message.ShouldContain("MaxEventBytes is 0");
    }

    [Fact]
    public void SecondHandler_IsRefused()
    {
        var source = NewHost().Services.AddEventSource("news", "http://stub.example/").AddEventHandler<RecordingHandler>();

        Should.Throw<InvalidOperationException>(() => source.AddEventHandler<RecordingHandler>()).Message.ShouldContain("'news'");
    }

    private static ScriptedServer Server() => new(async exchange =>
    {
        var from = int.Parse(exchange.Request["Last-Event-ID"] ?? "0", System.Globalization.CultureInfo.InvariantCulture);
        await exchange.SendAsync(ScriptedServer.StreamHead + string.Concat(Enumerable.Range(1, 3).Where(id => id > from).Select(static id => $"id: {id}\ndata: {id}\n\n")));
        await exchange.HoldAsync();
    });

    private HostApplicationBuilder NewHost()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(_log);
        builder.Services.AddSingleton(_recording);
        return builder;
    }

    private IHost Host(Uri url, Action<EventSourceBuilder>? more = null)
    {
        var builder = NewHost();
        var source = builder.Services.AddEventSource("orders", url.ToString(), options => options.TimeProvider = _clock)
            .AddEventHandler<RecordingHandler>()
            .KeepLastEventIdIn(_directory);
        more?.Invoke(source);
        return builder.Build();
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.UntilAsync(() =>
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        return condition();
    });

    internal sealed record Payment(int Total);

    [JsonSerializable(typeof(Payment))]
    private sealed partial class PaymentJson : JsonSerializerContext;

    private sealed class PaymentHandler(Recording recording) : IEventHandler<Payment>
    {
        public ValueTask HandleAsync(SseItem<Payment> item, CancellationToken cancel)
        {
            recording.Handled.Enqueue($"{item.Data.Total}");
            return default;
        }

        public ValueTask HandleGapAsync(EventStreamGap gap, CancellationToken cancel) => throw new InvalidOperationException();
    }

    private sealed class CountingHandler(Action seen) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            seen();
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class CountingStore : ILastEventIdStore
    {
        public ConcurrentQueue<string> Saved { get; } = new();

        public bool Fails { get; set; }

        public ValueTask<string?> LoadAsync(string source, CancellationToken cancel) => default;

        public ValueTask SaveAsync(string source, string lastEventId, CancellationToken cancel)
        {
            if (Fails)
                throw new JsonException("full");
            Saved.Enqueue(lastEventId);
            return default;
        }
    }
}
