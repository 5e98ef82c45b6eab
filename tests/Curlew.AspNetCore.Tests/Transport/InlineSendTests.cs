using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpLogging;
using Microsoft.AspNetCore.TestHost;

namespace Curlew.AspNetCore.Tests.Transport;

/// <summary>The server sends inline. What that must not change, and where streams may pass by the server's own response.</summary>
public sealed class InlineSendTests
{
    [Fact]
    public Task OverHttp11_AStreamWritesToTheConnection() => ShouldWriteToTheConnectionAsync(new StreamApp { InlineSends = true, Map = MapProbe }, expected: true);

    [Fact]
    public Task OnTheOrdinaryTransport_AStreamWritesToTheResponse() => ShouldWriteToTheConnectionAsync(new StreamApp { InlineSends = false, Map = MapProbe }, expected: false);

    [Fact]
    public Task UnderCompression_AStreamWritesToTheResponse() => ShouldWriteToTheConnectionAsync(
        new StreamApp
        {
            InlineSends = true,
            Map = MapProbe,
            Services = static builder => builder.Services.AddResponseCompression(static compression => compression.MimeTypes = ["text/event-stream"]),
            Middleware = static app => app.UseResponseCompression(),
        },
        expected: false,
        ("Accept-Encoding", "gzip"));

    [Fact]
    public Task UnderHttpLoggingWithBodies_AStreamWritesToTheResponse() => ShouldWriteToTheConnectionAsync(
        new StreamApp
        {
            InlineSends = true,
            Map = MapProbe,
            Services = static builder => builder.Services.AddHttpLogging(static logging => logging.LoggingFields = HttpLoggingFields.All),
            Middleware = static app => app.UseHttpLogging(),
        },
        expected: false);

    [Fact]
    public Task UnderABodyOfTheApplicationsOwn_AStreamWritesToTheResponse() => ShouldWriteToTheConnectionAsync(
        new StreamApp
        {
            InlineSends = true,
            Map = MapProbe,
            Middleware = static app => app.Use(static async (context, next) =>
            {
                var body = context.Response.Body;
                context.Response.Body = new BufferedStream(body, 1);
                await next(context);
                await context.Response.Body.FlushAsync();
                context.Response.Body = body;
            }),
        },
        expected: false);

    [Fact]
    public Task OverHttp2_AStreamWritesToTheResponse() => new StreamApp { InlineSends = true, Map = MapProbe }.RunAsync(static async app =>
    {
        using var client = app.CreateClient(version: 2);
        (await client.GetStringAsync("/probe", Deadline.Token)).ShouldBe("False");
    });

    [Fact]
    public async Task OverTls_AStreamWritesToTheResponse_AndDelivers()
    {
        using var certificate = new TestCertificate();
        await new StreamApp
        {
            InlineSends = true,
            Map = static app =>
            {
                MapProbe(app);
                app.MapEventStream("/events/{topic}", "{topic}");
            },
            Kestrel = kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
                endpoint.UseHttps(System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(certificate.CertificatePath, certificate.KeyPath))),
        }.RunAsync(async app =>
        {
            using var handler = new SocketsHttpHandler();
            certificate.Trust(handler.SslOptions);
            using var client = new HttpClient(handler) { BaseAddress = app.Urls[^1], DefaultRequestVersion = HttpVersion.Version11, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
            (await client.GetStringAsync("/probe", Deadline.Token)).ShouldBe("False");

            await using var body = await client.GetStreamAsync("/events/news", Deadline.Token);
            using var reader = new StreamReader(body);
            (await reader.ReadLineAsync(Deadline.Token)).ShouldStartWith("retry: ");
            for (var i = 0; i < 20; i++)
            {
                await app.Publisher.PublishAsync("news", $"{i}");
                string? line;
                do
                {
                    line = await reader.ReadLineAsync(Deadline.Token);
                }
                while (line != $"data: {i}");
            }
        });
    }

    [Fact]
    public async Task InATestServer_AStreamWritesToTheResponse()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseInlineSends().UseTestServer();
        builder.Services.AddRouting().AddCurlew();
        await using var app = builder.Build();
        MapProbe(app);
        await app.StartAsync(Deadline.Token);
        using var client = app.GetTestClient();
        (await client.GetStringAsync("/probe", Deadline.Token)).ShouldBe("False");
    }

    [Fact]
    public Task AnEvent_IsOneChunkOfItsOwn_AndWhatComesTogetherIsSentTogether() => new StreamApp { InlineSends = true }.RunAsync(static async app =>
    {
        for (var i = 0; i < 300; i++)
            await app.Publisher.PublishAsync("news", $"{i}", type: "count");
        using var stream = await app.OpenAsync("/events/news?lastEventId=earliest");
        (await stream.DataAsync(300)).ShouldBe(Enumerable.Range(0, 300).Select(static i => $"{i}"));
        await app.Publisher.PublishAsync("news", "an\nevent\nof lines");
        var last = await stream.EventAsync();
        last.Data.ShouldBe("an\nevent\nof lines");
        stream.LastEventId.ShouldBe(last.Id);
    });

    [Fact]
    public Task AReaderThatStallsNowAndThen_ReceivesEverythingInOrder() => new StreamApp
    {
        InlineSends = true,
        Map = static app => app.MapEventStream("/events/{topic}", "{topic}"),
    }.RunAsync(static async app =>
    {
        // Far more than both buffers of the connection take: sends are cut anywhere, and go on through the pipe and past it again.
        const int events = 400;
        using var stream = await app.OpenAsync("/events/news", StalledReader.Options);
        var random = new Random(1);
        var published = 0;
        for (var expected = 0; expected < events;)
        {
            for (var i = random.Next(60); i > 0 && published < events; i--)
                await app.Publisher.PublishAsync("news", $"{published++} {new string('x', random.Next(8_000))}");
            for (var i = random.Next(60); i > 0 && expected < published; i--)
                (await stream.EventAsync()).Data.ShouldStartWith($"{expected++} ");
        }
    });

    [Fact]
    public Task AStreamThatTheServerEnds_LeavesItsConnectionForTheNextRequest() => new StreamApp { InlineSends = true }.RunAsync(static async app =>
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", app.Port, Deadline.Token);
        await using var connection = client.GetStream();
        for (var round = 0; round < 3; round++)
        {
            await connection.WriteAsync("GET /events/news HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Deadline.Token);
            await ReadUntilAsync(connection, "id: ");
            await app.Publisher.PublishAsync("news", $"round {round}");
            await ReadUntilAsync(connection, $"data: round {round}\n\n\r\n");
            await Eventually.UntilAsync(() => app.Connections.Snapshot() is [var stream] && stream.Close(CloseReason.ClosedByApplication));
            (await ReadUntilAsync(connection, "\r\n0\r\n\r\n")).ShouldContain("retry: ");
            await app.ShouldHoldNothingAsync();
        }
    });

    [Fact]
    public Task AClientThatLeavesInTheMiddleOfAnEvent_LeavesNothingBehind() => new StreamApp { InlineSends = true }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events/news", StalledReader.Options);
        await StalledReader.FillAsync(app, text => app.Publisher.PublishAsync("news", text).AsTask());
        stream.Abort();
        await app.ShouldHoldNothingAsync();
    });

    [Fact]
    public Task AnOrdinaryResponse_OfAnySize_ArrivesWhole() => new StreamApp
    {
        InlineSends = true,
        Map = static app => app.MapGet("/bytes/{count:int}", static async (int count, HttpContext context) =>
        {
            var bytes = new byte[count];
            new Random(count).NextBytes(bytes);
            var random = new Random(count + 1);
            // In pieces, some flushed; over HTTP/1.1 some written while a flush is pending, which the server's HTTP/2 does not always survive.
            var pending = Task.CompletedTask;
            for (var at = 0; at < count;)
            {
                var length = Math.Min(count - at, random.Next(1, 200_000));
                bytes.AsSpan(at, length).CopyTo(context.Response.BodyWriter.GetSpan(length));
                context.Response.BodyWriter.Advance(length);
                at += length;
                if (random.Next(3) > 0)
                    continue;
                await pending;
                pending = context.Response.BodyWriter.FlushAsync().AsTask();
                if (context.Request.Protocol == HttpProtocol.Http2)
                    await pending;
            }

            await pending;
        }),
    }.RunAsync(static async app =>
    {
        foreach (var version in (int[])[1, 2])
        {
            using var client = app.CreateClient(version);
            foreach (var count in (int[])[0, 1, 100, 70_000, 5_000_000])
            {
                var expected = new byte[count];
                new Random(count).NextBytes(expected);
                var bytes = await client.GetByteArrayAsync($"/bytes/{count}", Deadline.Token);
                SHA256.HashData(bytes).ShouldBe(SHA256.HashData(expected), $"{count} bytes over HTTP/{version}");
            }
        }
    });

    private static void MapProbe(WebApplication app) => app.MapGet("/probe", static async context =>
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.StartAsync(context.RequestAborted);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        await context.Response.WriteAsync((InlineSendWriter.Under(context) is not null).ToString(CultureInfo.InvariantCulture), context.RequestAborted);
    });

    private static Task ShouldWriteToTheConnectionAsync(StreamApp app, bool expected, params (string Name, string Value)[] headers) => app.RunAsync(async app =>
    {
        using var handler = new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.GZip };
        using var client = app.CreateClient(handler: handler);
        foreach (var (name, value) in headers)
            client.DefaultRequestHeaders.Add(name, value);
        (await client.GetStringAsync("/probe", Deadline.Token)).ShouldBe($"{expected}");
    });

    private static async Task<string> ReadUntilAsync(NetworkStream connection, string text)
    {
        var read = new StringBuilder();
        var one = new byte[1];
        while (!read.ToString().EndsWith(text, StringComparison.Ordinal))
        {
            await connection.ReadExactlyAsync(one, Deadline.Token);
            read.Append((char)one[0]);
        }

        return read.ToString();
    }
}
