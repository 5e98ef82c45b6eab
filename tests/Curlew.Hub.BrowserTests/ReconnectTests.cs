using System.Net;
using System.Net.Sockets;
using static Microsoft.Playwright.Assertions;

namespace Curlew.Hub.BrowserTests;

public sealed class ReconnectTests(Chromium chromium)
{
    [Fact]
    public async Task AfterARestartOfTheHub_ThePageComesBack_AndShowsTheReconnectAndTheGap()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);
        await hub.PublishAsync("a", "before");
        await live.ShouldShowAsync("a | message | before");

        await hub.StopAsync();
        await Expect(live.State).Not.ToHaveTextAsync("Live");
        await hub.StartAgainAsync();

        await Expect(live.State).ToHaveTextAsync("Live");
        await Expect(live.Page.Locator("#reconnects")).ToHaveTextAsync("1");
        await Expect(live.Page.Locator("#rows > li.notice-link")).ToContainTextAsync("Reconnected");
        // The log was in the memory of the process that ended, so the position that the page had reached is gone.
        await Expect(live.GapRows).ToContainTextAsync("Gap");
        await Expect(live.Page.Locator("#gaps")).ToHaveTextAsync("1");
        await hub.PublishAsync("a", "after");
        await live.ShouldShowAsync("a | message | after", "a | message | before");
    }

    [Fact]
    public async Task WhenTheBrowserHasGivenUp_ThePageTriesAgain_WithTheLastIdItHasSeen()
    {
        await using var hub = await HubUnderTest.StartAsync();
        await using var live = await OpenLivePage.OpenAsync(chromium, hub);
        await hub.PublishAsync("a", "before");
        await live.ShouldShowAsync("a | message | before");
        await live.PressAsync("e", "Enter");
        var id = await live.Page.Locator(".detail dd").First.TextContentAsync();

        await hub.StopAsync();
        await using (BusyServer.Start(hub.Port))
        {
            // A browser never comes back by itself after a 503: from here on it is the page that counts and tries.
            await live.ShouldSayAsync("connection-text", @"^Reconnecting in \d+ s$");
            await Expect(live.Page.Locator("#reconnect")).ToBeVisibleAsync();
        }

        await hub.StartAgainAsync();
        await Expect(live.State).ToHaveTextAsync("Live");
        live.Requests.ShouldContain(url => url.Contains($"/live/events?topic=**&lastEventId={id}", StringComparison.Ordinal));
        await Expect(live.GapRows).ToHaveCountAsync(1);
    }

    /// <summary>What a proxy is while the hub behind it is away: every request is a 503.</summary>
    private sealed class BusyServer : IAsyncDisposable
    {
        private readonly TcpListener _listener;
        private readonly Task _serving;

        private BusyServer(int port)
        {
            _listener = new(IPAddress.Loopback, port);
            _listener.Start();
            _serving = ServeAsync();
        }

        public static BusyServer Start(int port) => new(port);

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
        }

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    await using var stream = client.GetStream();
                    _ = await stream.ReadAsync(new byte[8192]);
                    await stream.WriteAsync("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
            {
                // Stopped.
            }
        }
    }
}
