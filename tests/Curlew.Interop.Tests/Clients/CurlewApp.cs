using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Curlew.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Curlew.Interop.Tests.Clients;

/// <summary>Curlew's server behind a network that can be cut. Its keep-alives come as often as they may.</summary>
internal sealed class CurlewApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string?> _lastEventIds = new();
    private readonly MeterListener _listener = new();
    private long _keepAlives;

    private CurlewApp(WebApplication app)
    {
        _app = app;
        var meters = app.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "curlew.keepalives" && instrument.Meter.Scope == meters)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _keepAlives, count));
        _listener.Start();
    }

    public CutProxy Network { get; private set; } = null!;

    /// <summary>The <c>Last-Event-ID</c> of each request for a stream, null where there was none.</summary>
    public IReadOnlyList<string?> LastEventIds => [.. _lastEventIds];

    private IEventStreamConnections Streams => _app.Services.GetRequiredService<IEventStreamConnections>();

    public static async Task<CurlewApp> StartAsync(Action<HubOptions>? hub = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRouting().AddCurlew(static options =>
        {
            options.KeepAlive = TimeSpan.FromMilliseconds(100);
            options.ReconnectDelay = TimeSpan.FromMilliseconds(10);
        }).ConfigureHub(hub ?? (static _ => { }));
        var web = builder.Build();
        var app = new CurlewApp(web);
        web.Use((http, next) =>
        {
            if (http.Request.Path.StartsWithSegments("/events", StringComparison.Ordinal))
                app._lastEventIds.Enqueue(http.Request.Headers["Last-Event-ID"].SingleOrDefault());
            return next(http);
        });
        web.MapEventStream("/events/{topic}", "{topic}");
        web.MapGet("/", static () => Results.Content("<!doctype html><title>Events</title><link rel=icon href=data:,>", "text/html"));
        await web.StartAsync(Deadline.Token);
        app.Network = CutProxy.Start(new Uri(web.Urls.Single()).Port);
        return app;
    }

    /// <summary>An address of the server, by way of <see cref="Network"/>.</summary>
    public Uri Url(string path) => new($"http://127.0.0.1:{Network.Port}{path}");

    public async Task<string> PublishAsync(string topic, string data, string? type = null) =>
        (await _app.Services.GetRequiredService<IEventPublisher>().PublishAsync(topic, data, type, cancellationToken: Deadline.Token)).ToString();

    /// <summary>Waits for a client of the topic <c>a</c> that has connected with the <paramref name="number"/>-th request, and is subscribed.</summary>
    public Task UntilConnectedAsync(int number = 1) => Eventually.UntilAsync(() => _lastEventIds.Count >= number && Streams.CountTopic("a") == 1);

    /// <summary>Waits until the idle client has been sent a keep-alive that tells of everything published before the call.</summary>
    public async Task UntilKeptAliveAsync()
    {
        // The first to be counted may be older than the call, and the last not be sent yet.
        var wanted = Interlocked.Read(ref _keepAlives) + 3;
        await Eventually.UntilAsync(() => Interlocked.Read(ref _keepAlives) >= wanted);
    }

    /// <summary>Waits until an event, of the topic <c>a</c>, has been trimmed, which happens in the background.</summary>
    public Task UntilTrimmedAsync(string id) => Eventually.UntilAsync(async () =>
    {
        await using var source = new EventSource(new Uri(new Uri(_app.Urls.Single()), "/events/a"), new EventSourceOptions { LastEventId = id });
        await foreach (var item in source.ReadAllAsync(Deadline.Token))
            return EventStreamGap.TryRead(item, out _);
        return false;
    });

    /// <summary>Ends all streams, properly.</summary>
    public void EndStreams() => Streams.CloseWhere(static _ => true, "the test's wish").ShouldBe(1);

    /// <summary>Cuts the connection and lets nobody in until <see cref="ComeBack"/>.</summary>
    public async Task GoAwayAsync()
    {
        Network.IsAway = true;
        Network.Cut();
        await Eventually.UntilAsync(() => Streams.Count == 0);
    }

    public void ComeBack() => Network.IsAway = false;

    public async ValueTask DisposeAsync()
    {
        await Network.DisposeAsync();
        _listener.Dispose();
        await _app.DisposeAsync();
    }
}
