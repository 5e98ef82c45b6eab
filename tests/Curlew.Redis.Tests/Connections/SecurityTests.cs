using Curlew.Redis.Tests.Servers;

namespace Curlew.Redis.Tests.Connections;

public sealed class SecurityTests
{
    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task UsersAndPasswords_LetIn(string protocol)
    {
        await using var server = await RedisUnderTest.StartAsync(new()
        {
            Password = "p@ss,word",
            Arguments = ["--user", "worker", "on", ">other", "~jobs:*", "+@all", "-@dangerous"],
        });
        await using var byDefault = new TestClient($"redis://:p%40ss%2Cword@127.0.0.1:{server.Port}?protocol={protocol}");
        await using var byUser = new TestClient(server.Port, $",user=worker,password=other,protocol={protocol}");

        (await byDefault.SendAsync("ACL", "WHOAMI")).ShouldBe("default");
        (await byUser.SendAsync("ACL", "WHOAMI")).ShouldBe("worker");
        (await Should.ThrowAsync<RedisServerException>(byUser.SendAsync("GET", "key:x"))).Code.ShouldBe("NOPERM");
    }

    [Theory]
    [InlineData(",password=wrong-secret,protocol=resp2", "WRONGPASS")]
    [InlineData(",password=wrong-secret,protocol=resp3", "WRONGPASS")]
    [InlineData(",user=nobody,password=wrong-secret", "WRONGPASS")]
    [InlineData(",protocol=resp2", "NOAUTH")]
    [InlineData("", "NOAUTH")]
    public async Task AWrongPassword_IsToldWithoutIt(string options, string code)
    {
        await using var server = await RedisUnderTest.StartAsync(new() { Password = "right-secret" });
        await using var client = new TestClient(server.Port, options);

        var failure = await Should.ThrowAsync<RedisConnectionException>(client.SendAsync("PING"));

        failure.Outcome.ShouldBe(CommandOutcome.NotSent);
        failure.Message.ShouldContain($"127.0.0.1:{server.Port}");
        failure.Message.ShouldContain(code);
        string.Join('\n', client.Log.Entries.Select(static entry => $"{entry.Message} {entry.Exception}").Append(failure.ToString())).ShouldNotContain("-secret");
    }

    [Fact]
    public async Task AServerThatIsFull_SaysSo()
    {
        await using var server = await RedisUnderTest.StartAsync(new() { Arguments = ["--maxclients", "1"] });
        await using var first = new TestClient(server.Port);
        await first.SendAsync(Eventually.DefaultDeadline, "PING");
        await using var second = new TestClient(server.Port);

        (await Should.ThrowAsync<RedisConnectionException>(second.SendAsync("PING"))).Message.ShouldContain("max number of clients reached");
    }

    [Fact]
    public async Task AServerWithoutHello_IsSpokenToInResp2()
    {
        // As before Redis 6: it repeats the arguments of a command that it does not know, the password among them.
        await using var server = await RedisUnderTest.StartAsync(new() { Password = "secret", Arguments = ["--rename-command", "HELLO", ""] });
        await using var client = new TestClient(server.Port, ",password=secret,name=old");

        (await client.SendAsync("CLIENT", "INFO")).ShouldContain(" name=old ");
        client.Log.Entries.ShouldContain(static entry => entry.Message.Contains("falling back to RESP2", StringComparison.Ordinal));
        string.Join('\n', client.Log.Entries.Select(static entry => entry.Message)).ShouldNotContain("secret");

        await using var strict = new TestClient(server.Port, ",password=secret,protocol=resp3");
        var failure = await Should.ThrowAsync<RedisConnectionException>(strict.SendAsync("PING"));
        failure.Message.ShouldContain("unknown command");
        failure.ToString().ShouldNotContain("secret");
    }

    [Fact]
    public async Task Tls_IsSpokenAndTheCertificateChecked()
    {
        using var certificate = new TestCertificate();
        await using var server = await RedisUnderTest.StartAsync(new() { Tls = certificate });
        var url = $"rediss://localhost:{server.Port}";

        await using var trusting = new TestClient(RedisConfiguration.Parse(url) with { ConfigureTls = certificate.Trust });
        (await trusting.SendAsync("ECHO", new string('x', 100_000))).Length.ShouldBe(100_000);

        await using var wary = new TestClient(url);
        (await Should.ThrowAsync<RedisConnectionException>(wary.SendAsync("PING"))).Message.ShouldContain("TLS");

        await using var misled = new TestClient(RedisConfiguration.Parse(url) with { ConfigureTls = certificate.Trust, TlsHost = "other.example" });
        (await Should.ThrowAsync<RedisConnectionException>(misled.SendAsync("PING"))).Message.ShouldContain("TLS");

        await using var plain = new TestClient(RedisConfiguration.Parse($"localhost:{server.Port}"));
        (await Should.ThrowAsync<RedisConnectionException>(plain.SendAsync("PING"))).Outcome.ShouldBe(CommandOutcome.NotSent);
    }
}
