using System.Net;
using System.Net.Sockets;
using Curlew.Testing;

namespace Curlew.Hub.Tests.Publishing;

/// <summary>Ctrl+C, as the running program sees it.</summary>
public sealed class PipeSignalTests
{
    [Theory]
    [InlineData(UnixSignal.Interrupt, 130)]
    [InlineData(UnixSignal.Terminate, 143)]
    public async Task A_signal_stops_reading_and_what_was_read_is_sent(UnixSignal signal, int exitCode)
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var pipe = ProgramUnderTest.StartCurlew(["pipe", "topic", "--batch-size", "2", "--batch-delay", "1h", "--hub", hub.Address.ToString()]);
        // One write, so that the third line is read with those that fill a batch; only the signal sends it.
        await pipe.Input.WriteAsync("one\ntwo\nthree\nunfinished");
        await pipe.Input.FlushAsync(TestContext.Current.CancellationToken);
        await Eventually.UntilAsync(() => hub.Stored.Count == 2);

        pipe.Signal(signal);

        (await pipe.WaitForExitAsync()).ShouldBe(exitCode);
        hub.Stored.ShouldBe(["one", "two", "three"]);
        pipe.Error[^1].ShouldContain("3 lines published to topic");
    }

    [Fact]
    public async Task A_second_signal_ends_it_at_once()
    {
        using var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var pipe = ProgramUnderTest.StartCurlew(["pipe", "topic", "--hub", $"http://{nobody.LocalEndPoint}"]);
        await pipe.Input.WriteAsync("line\n");
        await pipe.Input.FlushAsync(TestContext.Current.CancellationToken);
        await pipe.WaitForLineAsync("retrying…");

        pipe.Signal(UnixSignal.Interrupt);
        await pipe.WaitForLineAsync("stopping");
        pipe.HasExited.ShouldBeFalse();
        pipe.Signal(UnixSignal.Interrupt);

        (await pipe.WaitForExitAsync(TimeSpan.FromSeconds(5))).ShouldBe(130);
    }
}
