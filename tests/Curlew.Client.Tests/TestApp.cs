using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Curlew.Client.Tests;

/// <summary>Curlew's own server: a stream for each topic, on a port that speaks HTTP/1.1 and on one that speaks HTTP/2.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestApp(WebApplication app) => _app = app;

    public IEventPublisher Publisher => _app.Services.GetRequiredService<IEventPublisher>();

    public int Port => Url("/").Port;

    public static TestApp Create(Action<CurlewOptions>? options = null, Action<HubOptions>? hub = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, static endpoint => endpoint.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, static endpoint => endpoint.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddRouting().AddCurlew(options).ConfigureHub(hub ?? (static _ => { }));
        var app = builder.Build();
        app.MapEventStream("/events/{topic}", "{topic}");
        return new(app);
    }

    public Uri Url(string path) => new(new Uri(_app.Urls.First()), path);

    public Uri Http2Url(string path) => new(new Uri(_app.Urls.Last()), path);

    public Task StartAsync() => _app.StartAsync(Deadline.Token);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
