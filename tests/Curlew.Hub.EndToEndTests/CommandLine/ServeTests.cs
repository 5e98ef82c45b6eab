using System.Net;
using System.Net.Sockets;

namespace Curlew.Hub.EndToEndTests.CommandLine;

/// <summary>How <c>curlew serve</c> is started, and how it says no.</summary>
public sealed class ServeTests
{
    [Fact]
    public async Task Program_WithoutASubcommand_Serves()
    {
        var port = FreePort.Next();
        await using var program = ProgramUnderTest.StartCurlew(["--urls", $"http://127.0.0.1:{port}"]);

        var line = await program.WaitForLineAsync("listens on .*");

        line.Value.ShouldContain($"http://127.0.0.1:{port}");
        using var stream = await RawStream.ConnectAsync(port, "/events?topic=a", cancellationToken: Deadline.Token);
        stream.Status.ShouldBe(200);
    }

    [Theory]
    [InlineData(UnixSignal.Terminate)]
    [InlineData(UnixSignal.Interrupt)]
    public async Task Program_ThatIsToldToStop_ExitsWithZero(UnixSignal signal)
    {
        await using var hub = await HubUnderTest.StartAsync();
        hub.Program.Signal(signal);
        (await hub.Program.WaitForExitAsync()).ShouldBe(0);
        hub.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Settings_CommandLineOverEnvironmentOverFile()
    {
        var directory = Directory.CreateTempSubdirectory("curlew-settings-");
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(directory.FullName, "appsettings.json"),
                """{ "Curlew": { "MaxTopicsPerSubscription": 1, "MaxConnections": 1, "MaxConnectionsPerAddress": 1, "AllowedOrigins": ["https://file.example"] } }""",
                Deadline.Token);
            var port = FreePort.Next();
            await using var program = ProgramUnderTest.StartCurlew(
                ["serve", "--urls", $"http://127.0.0.1:{port}", "--Curlew:MaxConnections", "3"],
                new Dictionary<string, string?>(StringComparer.Ordinal) { ["Curlew__MaxConnections"] = "2", ["Curlew__MaxConnectionsPerAddress"] = "2", ["Curlew__KeepAlive"] = "00:00:01" },
                directory.FullName);
            await program.WaitForLineAsync("listens on");

            using var twoTopics = await AskAsync("topic=a&topic=b");
            using var first = await AskAsync("topic=a");
            using var second = await AskAsync("topic=a");
            using var third = await AskAsync("topic=a");
            using var elsewhere = await AskAsync("topic=a", "127.0.0.2");
            using var beyond = await AskAsync("topic=a", "127.0.0.3");

            twoTopics.Status.ShouldBe(400, "the file's");
            (first.Status, second.Status, third.Status).ShouldBe((200, 200, 429), "the environment's over the file's");
            (elsewhere.Status, beyond.Status).ShouldBe((200, 503), "the command line's over both");
            await first.BlockAsync();
            (await first.ReadBlockAsync(Deadline.In(TimeSpan.FromSeconds(10)))).ShouldNotBeNull().Id.ShouldNotBeNull();

            Task<RawStream> AskAsync(string query, string from = "127.0.0.1") =>
                RawStream.ConnectAsync(port, $"/events?{query}", new() { LocalAddress = IPAddress.Parse(from) }, Deadline.Token);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Start_WithSeveralWrongSettings_NamesAllInOneMessage()
    {
        var (exitCode, error) = await RunAsync(
            "--urls", "http://0.0.0.0:0",
            "--Curlew:KeepAlive=soon",
            "--Curlew:WriteTimeout=0",
            "--Curlew:DrainPeriod=00:01:00",
            "--Curlew:MaxConnections=0",
            "--Curlew:MaxConnectionsPerAddress=many",
            "--Curlew:Retention:MaxEvents=-1",
            "--Curlew:Retention:MaxAge=00:00:00",
            "--Curlew:MaxBatchBytes=1",
            "--Curlew:SlowConsumer=Ignore",
            "--Curlew:Busy=7",
            "--Curlew:AllowedOrigins=app.example",
            "--Curlew:KnownProxies=proxy.example",
            "--Curlew:Retention:MaxEvent=5");

        exitCode.ShouldBe(1);
        error[0].ShouldBe("curlew: the hub cannot start:");
        string[] wrong =
        [
            "KeepAlive", "WriteTimeout", "DrainPeriod", "MaxConnections", "MaxConnectionsPerAddress", "Retention:MaxEvents", "Retention:MaxAge", "MaxBatchBytes", "SlowConsumer", "Busy",
            "AllowedOrigins", "KnownProxies", "Retention:MaxEvent", "http://0.0.0.0:0",
        ];
        foreach (var setting in wrong)
            error.Count(line => line.StartsWith($"  {setting} ", StringComparison.Ordinal)).ShouldBe(1, $"{setting}\n{string.Join('\n', error)}");
        error.Length.ShouldBe(wrong.Length + 1, string.Join('\n', error));
    }

    [Theory]
    [InlineData("--Curlew:KeepAliv=15s", 1, "KeepAliv")]
    [InlineData("--Curlew:Retention=5", 1, "Retention")]
    [InlineData("--KeepAlive=15s", 2, "--KeepAlive")]
    [InlineData("--insecur", 2, "--insecur")]
    [InlineData("http://127.0.0.1:1", 2, "http://127.0.0.1:1")]
    [InlineData("--urls=127.0.0.1", 1, "127.0.0.1")]
    [InlineData("--urls=ftp://127.0.0.1:0", 1, "ftp://127.0.0.1:0")]
    [InlineData("--urls=http://127.0.0.1:99999", 1, "http://127.0.0.1:99999")]
    [InlineData("--urls=http://127.0.0.1:0/below", 1, "http://127.0.0.1:0/below")]
    [InlineData("--urls=http://:5080", 1, "http://:5080")]
    [InlineData("--urls=https://127.0.0.1:0", 1, "certificate")]
    public async Task Start_WithWhatIsNoSetting_SaysSo(string argument, int exitCode, string named)
    {
        var (code, error) = await RunAsync(argument);
        code.ShouldBe(exitCode, string.Join('\n', error));
        error[0].ShouldStartWith("curlew: ");
        string.Join('\n', error).ShouldContain(named);
        error.ShouldNotContain(static line => line.StartsWith("   at ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://*:0")]
    [InlineData("http://+:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://192.0.2.1:5080")]
    [InlineData("http://example.org:5080")]
    [InlineData("http://127.0.0.1:0;http://0.0.0.0:0")]
    [InlineData("http://localhost.example.org:0")]
    public async Task Start_BeyondLoopback_IsRefusedWithoutInsecure(string urls)
    {
        var (exitCode, error) = await RunAsync("--urls", urls);
        exitCode.ShouldBe(1);
        string.Join('\n', error).ShouldContain("--insecure");
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://0.0.0.0:0")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "0")]
    [InlineData("DOTNET_URLS", "http://0.0.0.0:0")]
    [InlineData("URLS", "http://0.0.0.0:0")]
    [InlineData("HTTP_PORTS", "0")]
    [InlineData("Kestrel__Endpoints__Public__Url", "http://0.0.0.0:0")]
    public async Task Start_BeyondLoopbackByTheEnvironment_IsRefusedToo(string variable, string value)
    {
        await using var program = ProgramUnderTest.StartCurlew(["serve"], new Dictionary<string, string?>(StringComparer.Ordinal) { [variable] = value });
        (await program.WaitForExitAsync()).ShouldBe(1);
        string.Join('\n', program.Error).ShouldContain("--insecure");
    }

    [Fact]
    public async Task Start_BeyondLoopback_IsTakenWithInsecure()
    {
        var port = FreePort.Next();
        await using var program = ProgramUnderTest.StartCurlew(["--urls", $"http://0.0.0.0:{port}", "--insecure"]);
        await program.WaitForLineAsync("listens on");

        using var stream = await RawStream.ConnectAsync(
            new IPEndPoint(IPAddress.Parse("127.0.0.7"), port), "/events?topic=a", new() { Headers = [("Host", "hub.example.org")] }, Deadline.Token);
        stream.Status.ShouldBe(200);
    }

    [Theory]
    [InlineData(1256, "but the process may open only 1256 files. Raise that limit to 1257, as with ulimit -n or LimitNOFILE, or lower MaxConnections to 1000.")]
    [InlineData(1257, null)]
    public async Task Start_WithFewerFilesThanStreams_IsWarnedOf(int files, string? warning)
    {
        var command = $"ulimit -n {files} && exec dotnet '{Repository.BuiltAssembly("Curlew.Hub")}' serve --urls http://127.0.0.1:{FreePort.Next()} --Curlew:MaxConnections=1001";
        await using var program = ProgramUnderTest.Start("bash", ["-c", command]);

        await program.WaitForLineAsync("listens on");

        if (warning is not null)
            (await program.WaitForLineAsync("MaxConnections is 1001.*")).Value.ShouldEndWith(warning);
        else
            program.Output.ShouldNotContain(static line => line.Contains("MaxConnections", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_OnAPortInUse_SaysWhich()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var address = $"http://{taken.LocalEndPoint}";

        var (exitCode, error) = await RunAsync("--urls", address);

        exitCode.ShouldBe(1);
        error.ShouldHaveSingleItem().ShouldStartWith("curlew: ");
        error[0].ShouldContain(address);
        error[0].ShouldContain("in use");
    }

    [Fact]
    public async Task Start_OnAnAddressOfAnotherMachine_SaysWhich()
    {
        var (exitCode, error) = await RunAsync("--urls", "http://192.0.2.1:5080", "--insecure");
        exitCode.ShouldBe(1);
        error.ShouldHaveSingleItem().ShouldStartWith("curlew: cannot listen on http://192.0.2.1:5080: ");
    }

    [Fact]
    public async Task Version_AndHelp_AreAnswered()
    {
        await using var help = ProgramUnderTest.StartCurlew(["--help"]);
        (await help.WaitForExitAsync()).ShouldBe(0);
        var text = string.Join('\n', help.Output);
        foreach (var command in new[] { "serve", "publish", "pipe" })
            text.ShouldContain(command);
        await using var version = ProgramUnderTest.StartCurlew(["--version"]);
        (await version.WaitForExitAsync()).ShouldBe(0);
        version.Output[0].ShouldStartWith("0.");
    }

    private static async Task<(int ExitCode, string[] Error)> RunAsync(params string[] arguments)
    {
        await using var program = ProgramUnderTest.StartCurlew(["serve", .. arguments]);
        var exitCode = await program.WaitForExitAsync();
        program.Output.ShouldBeEmpty();
        return (exitCode, [.. program.Error]);
    }
}
