namespace Curlew.Testing.Tests;

public sealed class ProgramUnderTestTests
{
    [Fact]
    public async Task WaitForLineAsync_FindsALineOfEitherStream()
    {
        await using var program = Shell("echo 'port 42'; echo problem >&2; read line; echo \"got $line $NAME\"; exit 3");

        (await program.WaitForLineAsync("port (?<port>[0-9]+)")).Groups["port"].Value.ShouldBe("42");
        await program.WaitForLineAsync("^problem$");
        await program.Input.WriteLineAsync("input");
        await program.Input.FlushAsync(TestContext.Current.CancellationToken);

        (await program.WaitForExitAsync()).ShouldBe(3);
        program.Output.ShouldBe(["port 42", "got input value"]);
        program.Error.ShouldBe(["problem"]);
    }

    [Fact]
    public async Task WaitForLineAsync_ProgramThatEndsWithoutIt_FailsWithWhatItWrote()
    {
        await using var program = Shell("echo out; echo 'bad setting' >&2");

        var failure = await Should.ThrowAsync<InvalidOperationException>(program.WaitForLineAsync("ready"));
        failure.Message.ShouldContain("bad setting");
    }

    [Fact]
    public async Task Signal_ReachesTheProcess()
    {
        await using var program = Shell("trap 'echo ended; exit 7' TERM; echo ready; while :; do read -t 1 line; done");
        await program.WaitForLineAsync("ready");

        program.Signal(UnixSignal.Terminate);

        (await program.WaitForExitAsync()).ShouldBe(7);
        program.Output.ShouldBe(["ready", "ended"]);
    }

    [Fact]
    public async Task ResidentBytes_AndThreads_AreThoseOfTheProcess()
    {
        await using var program = Shell("echo ready; read line");
        await program.WaitForLineAsync("ready");

        program.ThreadCount.ShouldBe(1);
        program.ResidentBytes.ShouldBeInRange(256 * 1024, 64 * 1024 * 1024);
    }

    [Fact]
    public async Task DisposeAsync_EndsTheProcessAndItsChildren()
    {
        var program = Shell("sleep 600 & echo $!; wait");
        var child = (await program.WaitForLineAsync("^[0-9]+$")).Value;

        await program.DisposeAsync();

        await Eventually.UntilAsync(() => !IsRunning(child));
    }

    private static bool IsRunning(string processId)
    {
        // An orphan may stay a zombie until somebody waits for it.
        var status = $"/proc/{processId}/status";
        return File.Exists(status) && !File.ReadLines(status).Any(static line => line.StartsWith("State:\tZ", StringComparison.Ordinal));
    }

    private static ProgramUnderTest Shell(string script) =>
        ProgramUnderTest.Start("bash", ["-c", script], new Dictionary<string, string?>(StringComparer.Ordinal) { ["NAME"] = "value" });
}
