namespace Curlew.Testing.Tests;

public sealed class RedisUnderTestTests
{
    [Fact]
    public async Task KillAsync_WithAppendOnly_LosesNothing()
    {
        await using var redis = await RedisUnderTest.StartAsync(new() { AppendOnly = true, Password = "p" });
        await redis.CliAsync("SET", "key", "value");

        await redis.KillAsync();
        await redis.StartAgainAsync();

        await Eventually.UntilAsync(async () => await redis.CliAsync("PING") == "PONG");
        (await redis.CliAsync("GET", "key")).ShouldBe("value");
    }

    [Fact]
    public async Task StartAsync_AWrongOption_SaysWhatRedisSaid()
    {
        var failure = await Should.ThrowAsync<InvalidOperationException>(RedisUnderTest.StartAsync(new() { Arguments = ["--no-such-option", "1"] }));
        failure.Message.ShouldContain("no-such-option");
    }

    [Fact]
    public async Task CliAsync_AnErrorReply_IsAnException()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        (await Should.ThrowAsync<InvalidOperationException>(redis.CliAsync("NO-SUCH-COMMAND"))).Message.ShouldContain("unknown command");
    }
}
