using System.Net;

namespace Curlew.Hub.EndToEndTests.Streams;

/// <summary>Behind the nginx of the manual, with the hub's settings of the manual.</summary>
public sealed class ProxyTests
{
    private static readonly string[] Settings = ["AllowedHosts=hub.example.org;127.0.0.1", "Curlew:KnownProxies=127.0.0.1"];

    [Fact]
    public async Task Stream_ComesThroughAtOnce_AndKeepsOnAndOn()
    {
        await using var hub = await HubUnderTest.StartAsync([.. Settings, "Curlew:KeepAlive=500ms"]);
        await using var nginx = await DocumentedNginx.StartAsync(hub.Port);

        using var stream = await RawStream.ConnectAsync(nginx.Port, "/events?topic=a", new() { Headers = [("Accept-Encoding", "gzip")] }, Deadline.Token);
        stream.Headers["Content-Type"].ShouldBe("text/event-stream");
        stream.Headers.GetValueOrDefault("Content-Encoding").ShouldBeNull();
        (await stream.BlockAsync()).Retry.ShouldNotBeNull();
        // Nothing but keep-alives: a proxy that buffers would hold them.
        for (var i = 0; i < 3; i++)
            (await stream.BlockAsync()).Id.ShouldNotBeNull();
        await hub.PublishAsync("a", "through");
        (await stream.EventAsync()).Data.ShouldBe("through");
    }

    [Fact]
    public async Task Addresses_OfClients_AreCountedNotTheProxys()
    {
        await using var hub = await HubUnderTest.StartAsync([.. Settings, "Curlew:MaxConnectionsPerAddress=1"]);
        await using var nginx = await DocumentedNginx.StartAsync(hub.Port);

        using var first = await AskFromAsync("127.0.0.2");
        using var second = await AskFromAsync("127.0.0.3");
        using var again = await AskFromAsync("127.0.0.2");

        (first.Status, second.Status, again.Status).ShouldBe((200, 200, 429));
        (await again.AnswerAsync()).ShouldBeRefused(429);

        Task<RawStream> AskFromAsync(string address) =>
            RawStream.ConnectAsync(nginx.Port, "/events?topic=a", new() { LocalAddress = IPAddress.Parse(address) }, Deadline.Token);
    }

    [Fact]
    public async Task Http2_CarriesManyStreamsOnOneConnection_AndThePagesOriginIsTheHubsOwn()
    {
        await using var hub = await HubUnderTest.StartAsync(Settings);
        await using var nginx = await DocumentedNginx.StartAsync(hub.Port);
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new() { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Subject == "CN=hub.example.org" },
            ConnectCallback = async (_, cancel) =>
            {
                Interlocked.Increment(ref connections);
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, nginx.TlsPort, cancel);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler)
        {
            BaseAddress = new Uri($"https://hub.example.org:{nginx.TlsPort}/"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        // More than the six that HTTP/1.1 has.
        var streams = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetAsync("events?topic=a", HttpCompletionOption.ResponseHeadersRead, Deadline.Token)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "events?topic=a") { Content = new StringContent("to all"), Version = HttpVersion.Version20 };
        request.Headers.Add("Origin", $"https://hub.example.org:{nginx.TlsPort}");
        using var published = await client.SendAsync(request, Deadline.Token);
        published.StatusCode.ShouldBe(HttpStatusCode.OK, await published.Content.ReadAsStringAsync(Deadline.Token));

        foreach (var stream in streams)
        {
            stream.Version.ShouldBe(HttpVersion.Version20);
            using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync(Deadline.Token));
            var line = "";
            while (line is not null && !line.StartsWith("data", StringComparison.Ordinal))
                line = await lines.ReadLineAsync(Deadline.Token);
            line.ShouldBe("data: to all");
            stream.Dispose();
        }

        connections.ShouldBe(1);
    }

    [Fact]
    public async Task Batch_AsLargeAsTheHubTakes_ComesThrough_AndOneBeyondIsRefused()
    {
        await using var hub = await HubUnderTest.StartAsync(Settings);
        await using var nginx = await DocumentedNginx.StartAsync(hub.Port);
        using var client = new HttpClient();
        var line = $$"""{"topics":["a"],"data":"{{new string('x', 1024 * 1024)}}"}""";

        (await PostAsync(8)).ShouldBe(HttpStatusCode.OK);
        (await PostAsync(10)).ShouldBe(HttpStatusCode.RequestEntityTooLarge);

        async Task<HttpStatusCode> PostAsync(int count)
        {
            using var content = new StringContent(string.Join('\n', Enumerable.Repeat(line, count)), new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-ndjson"));
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{nginx.Port}/events") { Content = content };
            request.Headers.ExpectContinue = true;
            using var answer = await client.SendAsync(request, Deadline.Token);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Reload_EndsNoStream_AndAfterARestartOfTheProxyClientsResume()
    {
        await using var hub = await HubUnderTest.StartAsync(Settings);
        await using var nginx = await DocumentedNginx.StartAsync(hub.Port);
        var subscribers = Enumerable.Range(0, 10).Select(_ => new Subscriber(nginx.Port, "topic=a")).ToArray();
        var running = RunAsync(100);
        await hub.OpenStreamsAsync(subscribers.Length);
        var count = 0;
        await PublishAsync(50);

        await nginx.ReloadAsync();
        await PublishAsync(50);
        await running;
        subscribers.ShouldAllBe(static subscriber => subscriber.Streams == 1);

        running = RunAsync(250);
        await PublishAsync(50);
        await nginx.StopAsync();
        await PublishAsync(50);
        await nginx.StartAgainAsync();
        await PublishAsync(50);
        await running;

        var expected = Enumerable.Range(0, 250).Select(static number => $"{number}").ToArray();
        foreach (var subscriber in subscribers)
        {
            subscriber.Data.ShouldBe(expected);
            (subscriber.Streams, subscriber.Gaps).ShouldBe((2, 0));
            subscriber.Leave();
        }

        Task RunAsync(int until) => Task.WhenAll(subscribers.Select(subscriber => subscriber.RunUntilAsync(until, Deadline.Token)));

        async Task PublishAsync(int events)
        {
            for (var end = count + events; count < end; count++)
                await hub.PublishAsync("a", $"{count}");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Restart_OfTheHub_IsToldByExactlyOneGap(bool crashes)
    {
        await using var hub = await HubUnderTest.StartAsync(Settings);
        await using var nginx = await DocumentedNginx.StartAsync(hub.Port);
        var subscribers = Enumerable.Range(0, 10).Select(i => new Subscriber(i % 2 == 0 ? hub.Port : nginx.Port, "topic=a")).ToArray();
        var running = RunAsync(20);
        await hub.OpenStreamsAsync(subscribers.Length);
        await hub.PublishBatchAsync("a", Numbers(0, 20));
        await running;

        running = RunAsync(40);
        if (crashes)
        {
            await hub.KillAsync();
        }
        else
        {
            hub.Program.Signal(UnixSignal.Terminate);
            (await hub.Program.WaitForExitAsync()).ShouldBe(0);
        }

        // What a browser and a publisher see meanwhile.
        using (var away = await RawStream.ConnectAsync(nginx.Port, "/events?topic=a", cancellationToken: Deadline.Token))
        {
            (away.Status, away.Headers["Content-Type"], away.Headers["Cache-Control"]).ShouldBe((200, "text/event-stream", "no-store"));
            (await away.RestAsync()).ShouldHaveSingleItem().Retry.ShouldBe(5000);
        }

        using (var post = await RawStream.ConnectAsync(nginx.Port, "/events?topic=a", new() { Method = "POST", Headers = [("Content-Length", "0")] }, Deadline.Token))
            post.Status.ShouldBe(502);

        await hub.StartAgainAsync();
        await hub.OpenStreamsAsync(subscribers.Length);
        await hub.PublishBatchAsync("a", Numbers(20, 20));
        await running;
        foreach (var subscriber in subscribers)
            subscriber.Leave();
        await hub.PublishBatchAsync("a", Numbers(40, 20));
        await RunAsync(60);

        foreach (var subscriber in subscribers)
        {
            subscriber.Data.ShouldBe(Numbers(0, 60));
            (subscriber.Streams, subscriber.Gaps).ShouldBe((3, 1));
            subscriber.Leave();
        }

        Task RunAsync(int until) => Task.WhenAll(subscribers.Select(subscriber => subscriber.RunUntilAsync(until, Deadline.Token)));

        static IEnumerable<string> Numbers(int first, int events) => Enumerable.Range(first, events).Select(static number => $"{number}");
    }
}
