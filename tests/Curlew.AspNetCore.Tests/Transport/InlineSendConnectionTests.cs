using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Curlew.AspNetCore.Tests.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Curlew.AspNetCore.Tests.Transport;

/// <summary>What applications and the server rely on of a connection, beside that it sends.</summary>
public sealed class InlineSendConnectionTests
{
    [Theory]
    [InlineData(1, 1024 * 1024L)]
    [InlineData(2, 1024 * 1024L)]
    [InlineData(1, 4096L)]
    [InlineData(1, null)]
    public Task ARequestBody_OfAnySize_ArrivesWhole(int version, long? maxReadBufferSize) => new StreamApp
    {
        InlineSends = true,
        Services = builder => builder.Services.Configure<SocketTransportOptions>(options => options.MaxReadBufferSize = maxReadBufferSize),
        Map = static app => app.MapPost("/hash", static async context =>
            await context.Response.WriteAsync(Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body, context.RequestAborted)), context.RequestAborted)),
    }.RunAsync(async app =>
    {
        using var client = app.CreateClient(version);
        foreach (var count in (int[])[0, 1, 5_000, 5_000_000])
        {
            var bytes = new byte[count];
            new Random(count).NextBytes(bytes);
            using var response = await client.PostAsync("/hash", new ByteArrayContent(bytes), Deadline.Token);
            (await response.Content.ReadAsStringAsync(Deadline.Token)).ShouldBe(Convert.ToHexString(SHA256.HashData(bytes)), $"{count} bytes");
        }
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhenTheClientLeaves_WhileNobodyReads_TheConnectionSaysSo(bool isReset)
    {
        var closed = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        await new StreamApp
        {
            InlineSends = true,
            Map = app => app.MapGet("/wait", async context =>
            {
                context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().ConnectionClosed.Register(closed.SetResult);
                await using var registration = context.RequestAborted.Register(aborted.SetResult);
                await context.Response.Body.FlushAsync(CancellationToken.None);
                await aborted.Task;
            }),
        }.RunAsync(async app =>
        {
            using var stream = await app.SendAsync("/wait");
            if (isReset)
                stream.Abort();
            else
                stream.Dispose();
            await closed.Task.WaitAsync(Deadline.Token);
            await aborted.Task.WaitAsync(Deadline.Token);
        });
    }

    [Fact]
    public Task ANewConnection_IsServed_HoweverMuchIsLive() => new StreamApp
    {
        InlineSends = true,
        Map = static app => app.MapGet("/", static () => "served"),
    }.RunAsync(static async app =>
    {
        // More than the process's threads take at once, all the time.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Deadline.Token);
        Task[] live = [.. Enumerable.Range(0, 200).Select(_ => new SchedulerLoop(StreamScheduler.Shared).StayLiveUntilAsync(stop.Token))];

        for (var i = 0; i < 5; i++)
        {
            using var client = app.CreateClient();
            (await client.GetStringAsync("/", Deadline.Token)).ShouldBe("served");
        }

        StreamScheduler.Shared.IsBusy.ShouldBeTrue();
        await stop.CancelAsync();
        await Task.WhenAll(live).WaitAsync(Deadline.Token);
    });

    [Fact]
    public Task AnApplicationThatAborts_CutsTheConnection() => new StreamApp
    {
        InlineSends = true,
        Map = static app => app.MapGet("/abort", static async context =>
        {
            await context.Response.WriteAsync("some", context.RequestAborted);
            context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort();
        }),
    }.RunAsync(static async app =>
    {
        using var client = app.CreateClient();
        await Should.ThrowAsync<HttpRequestException>(() => client.GetStringAsync("/abort", Deadline.Token));
    });

    [Fact]
    public Task AnApplicationThatFails_WhenTheConnectionCloses_IsLogged() => new StreamApp
    {
        InlineSends = true,
        Expects = IsFailure,
        Map = static app => app.MapGet("/", static context =>
        {
            context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().ConnectionClosed.Register(static () => throw new InvalidOperationException("on purpose"));
            return Task.CompletedTask;
        }),
    }.RunAsync(static async app =>
    {
        using (await app.SendAsync("/"))
        {
        }

        await Eventually.UntilAsync(() => app.Log.Problems.Any(IsFailure));
    });

    [Fact]
    public Task ItsFeatures_AreItsOwn_UnlessOthersAreSet() => new StreamApp
    {
        InlineSends = true,
        Map = static app => app.MapGet("/", static context =>
        {
            var items = context.Features.GetRequiredFeature<IConnectionItemsFeature>().Items;
            var connection = (IFeatureCollection)context.Features.GetRequiredFeature<IConnectionTransportFeature>();
            var revision = connection.Revision;
            connection.Get<IConnectionIdFeature>()!.ConnectionId.ShouldBe(context.Connection.Id);
            connection.Get<IMemoryPoolFeature>()!.MemoryPool.ShouldNotBeNull();
            connection.Get<IConnectionSocketFeature>()!.Socket.Connected.ShouldBeTrue();
            connection.Get<IConnectionEndPointFeature>()!.RemoteEndPoint.ShouldBe(new IPEndPoint(context.Connection.RemoteIpAddress!, context.Connection.RemotePort));
            connection.Get<ITlsConnectionFeature>().ShouldBeNull();

            // Of one request the next one on the same connection knows.
            if (items.TryAdd("seen", true))
                return Task.CompletedTask;
            connection.Set<IConnectionItemsFeature>(null);
            connection.Get<IConnectionItemsFeature>().ShouldBeNull();
            connection.ShouldNotContain(static feature => feature.Key == typeof(IConnectionItemsFeature));
            var tags = new Tags();
            connection[typeof(Tags)] = tags;
            connection.Get<Tags>().ShouldBe(tags);
            connection.ShouldContain(feature => feature.Key == typeof(Tags) && feature.Value == tags);
            connection.ShouldContain(feature => feature.Key == typeof(IConnectionIdFeature) && feature.Value == connection);
            connection.Revision.ShouldBeGreaterThan(revision);
            return context.Response.WriteAsync("twice", context.RequestAborted);
        }),
    }.RunAsync(static async app =>
    {
        using var client = app.CreateClient();
        (await client.GetStringAsync("/", Deadline.Token)).ShouldBe("");
        (await client.GetStringAsync("/", Deadline.Token)).ShouldBe("twice");
    });

    [Fact]
    public Task ConnectionIds_AreDistinct() => new StreamApp
    {
        InlineSends = true,
        Map = static app => app.MapGet("/id", static context => context.Response.WriteAsync(context.Connection.Id, context.RequestAborted)),
    }.RunAsync(static async app =>
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 10; i++)
        {
            using var client = app.CreateClient();
            ids.Add(await client.GetStringAsync("/id", Deadline.Token)).ShouldBeTrue();
        }
    });

    [Fact]
    public async Task OverAUnixDomainSocket_StreamsAreServed()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("curlew").FullName, "socket");
        await new StreamApp { InlineSends = true, Kestrel = kestrel => kestrel.ListenUnixSocket(path, static endpoint => endpoint.Protocols = HttpProtocols.Http1) }.RunAsync(async app =>
        {
            using var handler = new SocketsHttpHandler();
            handler.ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            };
            using var client = app.CreateClient(handler: handler);
            await using var body = await client.GetStreamAsync("/events/news", Deadline.Token);
            using var reader = new StreamReader(body);
            (await reader.ReadLineAsync(Deadline.Token)).ShouldStartWith("retry: ");
            await app.Publisher.PublishAsync("news", "hello");
            string? line;
            do
            {
                line = await reader.ReadLineAsync(Deadline.Token);
            }
            while (line != "data: hello");
        });
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public async Task AnAddressThatIsTaken_IsNamed()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var app = new StreamApp { InlineSends = true, Kestrel = kestrel => kestrel.Listen(IPAddress.Loopback, port), Expects = static _ => true };
        var fault = await Should.ThrowAsync<IOException>(() => app.RunAsync(static _ => Task.CompletedTask));
        fault.InnerException.ShouldBeOfType<AddressInUseException>();
        fault.Message.ShouldContain($"{port}");
    }

    private static bool IsFailure(LogEntry problem) => problem.EventName == nameof(Log.ConnectionClosedFailed);

    private sealed class Tags;
}
