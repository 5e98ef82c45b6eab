using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Curlew.AspNetCore.Tests;

/// <summary>
/// An application with event streams on a real Kestrel: one port that speaks HTTP/1.1 and one that speaks HTTP/2 without TLS. What is not set is as a
/// user finds it. <see cref="RunAsync"/> starts it, runs a test, stops it, and asserts that it had nothing to complain of.
/// </summary>
internal sealed class StreamApp
{
    private WebApplication? _app;

    public Action<CurlewOptions> Options { get; init; } = static _ => { };

    public Action<HubOptions> HubOptions { get; init; } = static _ => { };

    public Action<CurlewBuilder> Curlew { get; init; } = static _ => { };

    /// <summary>Whether the server sends inline. Also where <c>CURLEW_INLINE_SENDS</c> is <c>1</c>: every test holds either way.</summary>
    public bool InlineSends { get; init; } = Environment.GetEnvironmentVariable("CURLEW_INLINE_SENDS") == "1";

    public Action<WebApplicationBuilder> Services { get; init; } = static _ => { };

    public Action<KestrelServerOptions> Kestrel { get; init; } = static _ => { };

    public Action<WebApplication> Middleware { get; init; } = static _ => { };

    /// <summary>The endpoints. By default a stream for each topic of one segment, and one of everything.</summary>
    public Action<WebApplication> Map { get; init; } = static app =>
    {
        app.MapEventStream("/events/{topic}", "{topic}");
        app.MapEventStream("/all", stream => stream.Pattern("**"));
    };

    /// <summary>Whether the drain period is one that no test waits for: a stop that returns has not needed it.</summary>
    public bool HasLongDrain { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What may be logged at Warning or above.</summary>
    public Func<LogEntry, bool> Expects { get; init; } = static _ => false;

    public int Port { get; private set; }

    /// <summary>Where it listens: the two ports, and those that a test has added.</summary>
    public Uri[] Urls { get; private set; } = [];

    public Uri Url { get; private set; } = null!;

    public Uri Http2Url { get; private set; } = null!;

    public IServiceProvider Provider => _app!.Services;

    public IEventPublisher Publisher => Provider.GetRequiredService<IEventPublisher>();

    public Hub Hub => Provider.GetRequiredService<HubRegistry>().Hub("");

    public ConnectionRegistry Connections => Provider.GetRequiredService<ConnectionRegistry>();

    public LogCollector Log { get; } = new();

    /// <summary>The manual clock, where <see cref="Time"/> is one.</summary>
    public ManualTimeProvider Clock => (ManualTimeProvider)Time;

    public async Task RunAsync(Func<StreamApp, Task> test)
    {
        await using (_app = Build())
        {
            await _app.StartAsync(Deadline.Token);
            string[] addresses = [.. Provider.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses];
            Urls = [.. addresses.Select(static address => new Uri(address))];
            (Url, Http2Url) = (Urls[0], Urls[1]);
            Port = Url.Port;
            await test(this);
            await StopAsync();
        }

        Log.Problems.Where(problem => !Expects(problem)).ShouldBeEmpty();
    }

    public async Task StopAsync()
    {
        // No token: a host that loses its patience with a drain ends it, and the stop would seem to have gone well.
        var stopping = _app!.StopAsync(CancellationToken.None);
        // A manual clock has to be moved for a drain to wait by it.
        await Eventually.UntilAsync(() =>
        {
            (Time as ManualTimeProvider)?.Advance(TimeSpan.FromMilliseconds(20));
            return stopping.IsCompleted;
        });
        await stopping;
    }

    /// <summary>Sends a request and reads the head of the answer, whatever it is.</summary>
    public Task<RawStream> SendAsync(string target, params (string Name, string Value)[] headers) =>
        SendAsync(target, new RawStreamOptions { Headers = headers });

    public Task<RawStream> SendAsync(string target, RawStreamOptions options) => RawStream.ConnectAsync(Port, target, options, Deadline.Token);

    /// <summary>Opens a stream and reads its first block.</summary>
    public Task<RawStream> OpenAsync(string target, params (string Name, string Value)[] headers) =>
        OpenAsync(target, new RawStreamOptions { Headers = headers });

    public async Task<RawStream> OpenAsync(string target, RawStreamOptions options)
    {
        var stream = await SendAsync(target, options);
        if (stream.Status != 200)
            throw new ShouldAssertException($"{target} is answered with {stream.Status}: {await stream.ReadToEndAsync(Deadline.Token)}");
        (await stream.BlockAsync()).Retry.ShouldNotBeNull();
        return stream;
    }

    /// <summary>A client of the port that speaks HTTP/1.1, or of the one that speaks HTTP/2.</summary>
    public HttpClient CreateClient(int version = 1, SocketsHttpHandler? handler = null) => new(handler ?? new SocketsHttpHandler())
    {
        BaseAddress = version == 1 ? Url : Http2Url,
        DefaultRequestVersion = version == 1 ? HttpVersion.Version11 : HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Eventually.DefaultDeadline,
    };

    /// <summary>Waits until the hub has routed everything published so far, and trims what its retention does not allow.</summary>
    public async Task RoutedAsync()
    {
        var bounds = await Hub.Log.GetBoundsAsync(Deadline.Token);
        await Eventually.UntilAsync(() => Hub.Routed >= bounds.Newest);
        await Hub.TrimAsync(Deadline.Token);
    }

    /// <summary>Asserts that nothing is held for streams that have ended.</summary>
    public async Task ShouldHoldNothingAsync()
    {
        await Eventually.UntilAsync(() => Connections.Count == 0 && Connections.Snapshot().Length == 0);
        Hub.SubscriptionCount.ShouldBe(0);
        lock (Hub.Order)
            Hub.Router.Count.ShouldBe(0);
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, static endpoint => endpoint.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, static endpoint => endpoint.Protocols = HttpProtocols.Http2);
            Kestrel(kestrel);
        });
        if (InlineSends)
            builder.WebHost.UseInlineSends();
        // The first authentication on a machine warns of how its keys are kept; the tests' have nothing to protect.
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.None).AddProvider(Log);
        builder.Services.AddSingleton(Time).AddRouting();
        if (HasLongDrain)
        {
            builder.Services.Configure<CurlewOptions>(static options => options.DrainPeriod = TimeSpan.FromMinutes(5));
            builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromMinutes(10));
        }

        Curlew(builder.Services.AddCurlew(Options).ConfigureHub(HubOptions));
        Services(builder);
        var app = builder.Build();
        Middleware(app);
        Map(app);
        return app;
    }
}
