using System.Net;
using System.Net.Sockets;

namespace Curlew.Testing.Tests;

public sealed class CutProxyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_forwards_both_ways_and_passes_the_end_on()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        await using var proxy = CutProxy.Start(((IPEndPoint)server.LocalEndpoint).Port);
        using var client = await ConnectAsync(proxy);
        using var accepted = await server.AcceptSocketAsync(Cancel);

        await client.SendAsync("to the server"u8.ToArray(), Cancel);
        (await ReadAsync(accepted)).ShouldBe("to the server");
        await accepted.SendAsync("to the client"u8.ToArray(), Cancel);
        (await ReadAsync(client)).ShouldBe("to the client");
        client.Shutdown(SocketShutdown.Send);
        (await ReadAsync(accepted)).ShouldBe("");
    }

    [Fact]
    public async Task Cut_ResetsBothSides()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        await using var proxy = CutProxy.Start(((IPEndPoint)server.LocalEndpoint).Port);
        using var client = await ConnectAsync(proxy);
        using var accepted = await server.AcceptSocketAsync(Cancel);

        proxy.Cut().ShouldBe(1);

        await Should.ThrowAsync<SocketException>(ReadAsync(client));
        await Should.ThrowAsync<SocketException>(ReadAsync(accepted));
        (proxy.Connections, proxy.Cuts, proxy.Cut()).ShouldBe((1, 1, 0));
    }

    [Fact]
    public async Task ServerPort_IsForNewConnections()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        using var other = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        other.Start();
        await using var proxy = CutProxy.Start(((IPEndPoint)server.LocalEndpoint).Port);
        using var client = await ConnectAsync(proxy);
        using var accepted = await server.AcceptSocketAsync(Cancel);

        proxy.ServerPort = ((IPEndPoint)other.LocalEndpoint).Port;
        using var late = await ConnectAsync(proxy);
        using var acceptedByOther = await other.AcceptSocketAsync(Cancel);

        await client.SendAsync("early"u8.ToArray(), Cancel);
        (await ReadAsync(accepted)).ShouldBe("early");
        await late.SendAsync("late"u8.ToArray(), Cancel);
        (await ReadAsync(acceptedByOther)).ShouldBe("late");
    }

    [Fact]
    public async Task CutAnswers_LetsTheRequestThrough_AndNotAByteOfTheAnswer()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        await using var proxy = CutProxy.Start(((IPEndPoint)server.LocalEndpoint).Port);
        proxy.CutAnswers(1);
        using var client = await ConnectAsync(proxy);
        using var accepted = await server.AcceptSocketAsync(Cancel);
        await client.SendAsync("request"u8.ToArray(), Cancel);
        (await ReadAsync(accepted)).ShouldBe("request");

        await accepted.SendAsync("answer"u8.ToArray(), Cancel);

        await Should.ThrowAsync<SocketException>(ReadAsync(client));
        using var again = await ConnectAsync(proxy);
        using var acceptedAgain = await server.AcceptSocketAsync(Cancel);
        await acceptedAgain.SendAsync("answer"u8.ToArray(), Cancel);
        (await ReadAsync(again)).ShouldBe("answer");
    }

    [Fact]
    public async Task Stall_HoldsBytesUntilResume()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        await using var proxy = CutProxy.Start(((IPEndPoint)server.LocalEndpoint).Port);
        using var client = await ConnectAsync(proxy);
        using var accepted = await server.AcceptSocketAsync(Cancel);
        proxy.Stall();
        await accepted.SendAsync("late"u8.ToArray(), Cancel);
        var reading = ReadAsync(client);
        await Eventually.UntilAsync(() => accepted.Poll(0, SelectMode.SelectWrite));
        reading.IsCompleted.ShouldBeFalse();

        proxy.Resume();

        (await reading).ShouldBe("late");
    }

    [Fact]
    public async Task DribbleBytes_SplitsWhatWasOnePiece()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        await using var proxy = CutProxy.Start(((IPEndPoint)server.LocalEndpoint).Port);
        proxy.DribbleBytes = 2;
        using var client = await ConnectAsync(proxy);
        using var accepted = await server.AcceptSocketAsync(Cancel);
        await accepted.SendAsync(new byte[100], Cancel);

        (await ReadAsync(client)).Length.ShouldBeLessThan(100);
    }

    [Fact]
    public async Task IsAway_ResetsNewConnectionsOnly()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        await using var proxy = CutProxy.Start(((IPEndPoint)server.LocalEndpoint).Port);
        using var client = await ConnectAsync(proxy);
        using var accepted = await server.AcceptSocketAsync(Cancel);
        proxy.IsAway = true;

        await Should.ThrowAsync<SocketException>(async () =>
        {
            using var refused = await ConnectAsync(proxy);
            await ReadAsync(refused);
        });
        await accepted.SendAsync("still here"u8.ToArray(), Cancel);
        (await ReadAsync(client)).ShouldBe("still here");
    }

    private static async Task<Socket> ConnectAsync(CutProxy proxy)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, proxy.Port), Cancel);
        return socket;
    }

    private static async Task<string> ReadAsync(Socket socket)
    {
        var buffer = new byte[1024];
        var count = await socket.ReceiveAsync(buffer.AsMemory(), Cancel);
        return System.Text.Encoding.ASCII.GetString(buffer, 0, count);
    }
}
