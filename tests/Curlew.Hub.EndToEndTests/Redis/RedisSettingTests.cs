namespace Curlew.Hub.EndToEndTests.Redis;

/// <summary>How <c>curlew serve --redis … --stream …</c> says no, and that it tells no secret.</summary>
public sealed class RedisSettingTests
{
    private const string Secret = "hunter2";

    [Fact]
    public async Task Start_WithSeveralWrongSettings_NamesAllInOneMessage()
    {
        var error = await StartWronglyAsync(
            1,
            "--redis", $"localhost:6379,password={Secret},ssl=perhaps", "--Curlew:QueueBytes=0",
            "--stream", "/logs=siem:logs:log", "--stream", "/LOGS=other:", "--stream", "/events=a:b", "--stream", "logs=a:b", "--stream", "/x/{id}=a:b", "--stream", "/y=key",
            "--stream", "/z=key:gap");

        error[0].ShouldBe("curlew: the hub cannot start:");
        error[1..].Select(static line => line.Trim()).ShouldBe(
            [
                "Streams has '/events=a:b'; the paths at and below /events are the program's own.",
                "Streams has 'logs=a:b'; a stream is PATH=KEY:TYPE, such as /logs=siem:logs:log, or /logs=siem:logs: where the events have no type.",
                "Streams has '/x/{id}=a:b'; its path must be segments of letters a to z, digits, '.', '-' and '_', such as /v1/logs.",
                "Streams has '/y=key'; a stream is PATH=KEY:TYPE, such as /logs=siem:logs:log, or /logs=siem:logs: where the events have no type.",
                "Streams has '/z=key:gap'; the type 'gap' is the server's own.",
                "Streams has the path /logs more than once.",
                "QueueBytes is 0; it must be at least 1.",
                "Redis: The option 'ssl' of the Redis connection string must be 'true' or 'false'.",
            ],
            ignoreOrder: true);
    }

    [Theory]
    [InlineData(1, "whole number", "--redis", "redis://app:hunter2@localhost:6379/first")]
    [InlineData(1, "malformed", "--redis", "localhost:hunter2")]
    [InlineData(1, "names no host", "--redis=password=hunter2")]
    [InlineData(1, "'redis://'", "--redis", "http://app:hunter2@localhost")]
    [InlineData(1, "Redis: ", "--Curlew:Redis", "localhost:6379,passwort=hunter2")]
    [InlineData(1, "--redis", "--stream", "/logs=siem:logs:log")]
    [InlineData(2, "--redis takes", "--redis", "")]
    [InlineData(2, "--redis takes", "--redis", "--insecure-hunter2")]
    [InlineData(2, "no setting", "--redis", "localhost:6379", "password=hunter2")]
    [InlineData(2, "no setting", "redis://app:hunter2@localhost")]
    [InlineData(2, "--redis", "--redis", "a:1,password=hunter2", "--redis", "b:2,password=hunter2")]
    public async Task Start_WithWrongRedis_SaysSoAndNoSecret(int exitCode, string explanation, params string[] arguments) =>
        string.Join('\n', await StartWronglyAsync(exitCode, arguments)).ShouldContain(explanation);

    [Theory]
    [InlineData("/")]
    [InlineData("/live/logs")]
    [InlineData("/health/ready")]
    [InlineData("/Metrics")]
    [InlineData("/logs/")]
    public async Task Stream_AtAPathOfTheProgram_OrNone_IsRefused(string path) =>
        (await StartWronglyAsync(1, "--redis", "localhost:6379", "--stream", $"{path}=key:")).Length.ShouldBe(2);

    [Fact]
    public async Task WrongPassword_IsNotRepeatedWhileTheHubRuns()
    {
        await using var redis = await RedisUnderTest.StartAsync(new() { Password = "right" });
        var port = FreePort.Next();
        await using var program = ProgramUnderTest.StartCurlew(
            ["--urls", $"http://127.0.0.1:{port}"],
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Curlew__Redis"] = $"redis://default:{Secret}@127.0.0.1:{redis.Port}" });
        await program.WaitForLineAsync("listens on");
        await program.WaitForLineAsync("WRONGPASS");

        using var health = await RawStream.ConnectAsync(port, "/health/ready", cancellationToken: Deadline.Token);
        using var stream = await RawStream.ConnectAsync(port, "/events?topic=a", cancellationToken: Deadline.Token);

        var answers = (await health.AnswerAsync()).Body + (await stream.AnswerAsync()).Body;
        (health.Status, stream.Status).ShouldBe((503, 503));
        answers.ShouldNotContain(Secret);
        program.Output.Concat(program.Error).ShouldNotContain(static line => line.Contains(Secret, StringComparison.Ordinal));
    }

    private static async Task<string[]> StartWronglyAsync(int exitCode, params string[] arguments)
    {
        await using var program = ProgramUnderTest.StartCurlew(["serve", "--urls", "http://127.0.0.1:0", .. arguments]);
        (await program.WaitForExitAsync()).ShouldBe(exitCode, string.Join('\n', program.Error));
        program.Output.ShouldBeEmpty();
        program.Error[0].ShouldStartWith("curlew: ");
        program.Error.ShouldNotContain(static line => line.Contains(Secret, StringComparison.Ordinal) || line.StartsWith("   at ", StringComparison.Ordinal));
        return [.. program.Error];
    }
}
