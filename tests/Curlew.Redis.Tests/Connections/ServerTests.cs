using System.Globalization;
using Curlew.Redis.Tests.Servers;

namespace Curlew.Redis.Tests.Connections;

/// <summary>The client and one real server.</summary>
public sealed class ServerTests(PlainRedis redis)
{
    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task EitherProtocol_IsSpoken(string protocol)
    {
        await using var client = new TestClient(redis.Port, $",protocol={protocol},name=curlew-{protocol},defaultDatabase=3");

        (await client.SendAsync("SET", "key:protocol", "é\r\n")).ShouldBe("OK");
        (await client.SendAsync("GET", "key:protocol")).ShouldBe("é\r\n");
        (await client.SendAsync("CLIENT", "INFO")).ShouldContain($"name=curlew-{protocol} ");
        (await client.SendAsync("CLIENT", "INFO")).ShouldContain(" db=3 ");
        (await client.SendAsync("HELLO")).ShouldContain($" proto {protocol[^1]} ");
    }

    [Fact]
    public async Task ManyCallersAtOnce_EachGetTheirOwnReply()
    {
        await using var client = new TestClient(redis.Port);
        var callers = Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (var batch = 0; batch < 20; batch++)
            {
                var expected = Enumerable.Range(0, 50).Select(i => string.Create(CultureInfo.InvariantCulture, $"{caller}/{batch}/{i}")).ToArray();
                var replies = await Task.WhenAll(expected.Select(text => client.SendAsync("ECHO", text)));
                replies.ShouldBe(expected);
            }
        }));

        await Task.WhenAll(callers);
        client.Changes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task OneCallersCommands_RunInTheOrderInWhichTheyWereSent()
    {
        await using var client = new TestClient(redis.Port);
        await client.SendAsync("PING");
        var sent = Enumerable.Range(0, 2_000).Select(i => client.SendAsync("RPUSH", "key:order", i.ToString(CultureInfo.InvariantCulture)));
        await Task.WhenAll(sent);

        (await client.SendAsync("LRANGE", "key:order", "0", "-1")).ShouldBe($"[{string.Join(' ', Enumerable.Range(0, 2_000))}]");
    }

    [Fact]
    public async Task ABigValue_GoesAndComesBack()
    {
        await using var client = new TestClient(redis.Port);
        var value = string.Concat(Enumerable.Range(0, 1_000_000).Select(static i => i % 1000));

        await client.SendAsync("SET", "key:big", value);
        (await client.SendAsync("GET", "key:big")).ShouldBe(value);
    }

    [Fact]
    public async Task AReplyAboveTheLimit_FailsAndTheNextConnectionIsGood()
    {
        await using var client = new TestClient(RedisConfiguration.Parse($"127.0.0.1:{redis.Port}") with { Limits = new(MaxReplyBytes: 10_000) });
        await client.SendAsync("SET", "key:too-big", new string('x', 20_000));

        var failure = await Should.ThrowAsync<RedisConnectionException>(client.SendAsync("GET", "key:too-big"));

        failure.Outcome.ShouldBe(CommandOutcome.Unknown);
        failure.Message.ShouldContain("larger than 10000 bytes");
        (await client.SendAsync(Eventually.DefaultDeadline, "PING")).ShouldBe("PONG");
    }

    [Fact]
    public async Task ARefusal_HasItsCode()
    {
        await using var client = new TestClient(redis.Port);
        await client.SendAsync("SET", "key:text", "x");

        (await Should.ThrowAsync<RedisServerException>(client.SendAsync("XADD", "key:text", "*", "a", "b"))).Code.ShouldBe("WRONGTYPE");
        (await Should.ThrowAsync<RedisServerException>(client.SendAsync("NO-SUCH", "secret"))).Message.ShouldNotContain("secret");
        client.Changes.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task AScript_IsSentInFullOnlyWhereItIsNotKnown(string protocol)
    {
        await using var server = await RedisUnderTest.StartAsync();
        await using var client = new TestClient(server.Port, $",protocol={protocol}");
        var script = new RespScript("redis.call('INCR', KEYS[1]) return ARGV[1]");

        (await RunAsync("a")).ShouldBe("a");
        (await RunAsync("b")).ShouldBe("b");
        await client.SendAsync("SCRIPT", "FLUSH");
        (await RunAsync("c")).ShouldBe("c");

        (await client.SendAsync("GET", "key:count")).ShouldBe("3");
        (await server.CliAsync("INFO", "commandstats")).ShouldContain("cmdstat_eval:calls=2,");

        async Task<string> RunAsync(string argument)
        {
            using var command = new RespCommand(script, keys: 1).AddKey("key:count").Add(argument);
            using var reply = await client.Redis.SendAsync(command, cancellationToken: Deadline.Token);
            return TestClient.Render(reply);
        }
    }

    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task ATransaction_RunsAsAWholeOrNotAtAll(string protocol)
    {
        await using var client = new TestClient(redis.Port, $",protocol={protocol}");
        var key = $"key:transaction-{protocol}";
        using RespCommand one = TestClient.Command("INCR", key), wrong = TestClient.Command("LPOP", key), broken = TestClient.Command("INCR", key, "x");

        using (var reply = await client.Redis.TransactAsync([one, wrong, one], cancellationToken: Deadline.Token))
            TestClient.Render(reply).ShouldBe("[1 !WRONGTYPE Operation against a key holding the wrong kind of value 2]");
        await Should.ThrowAsync<RedisServerException>(client.Redis.TransactAsync([one, broken], cancellationToken: Deadline.Token));

        (await client.SendAsync("GET", key)).ShouldBe("2");
    }

    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task AStream_IsReadThroughTheStreamReader(string protocol)
    {
        await using var client = new TestClient(redis.Port, $",protocol={protocol}");
        var key = $"key:stream-{protocol}";
        await client.SendAsync("XADD", key, "1-1", "a", "1", "b", "2");
        await client.SendAsync("XADD", key, "1-2", "c", "3");

        ReadAll(await RawAsync("XREAD", "STREAMS", key, "0"), isRead: true).ShouldBe(["1-1 a=1 b=2", "1-2 c=3"]);
        ReadAll(await RawAsync("XREVRANGE", key, "+", "-"), isRead: false).ShouldBe(["1-2 c=3", "1-1 a=1 b=2"]);
        ReadAll(await RawAsync("XREAD", "STREAMS", key, "9"), isRead: true).ShouldBeEmpty();

        async Task<RespReply> RawAsync(params string[] words)
        {
            using var command = TestClient.Command(words);
            return await client.Redis.SendAsync(command, cancellationToken: Deadline.Token);
        }

        static List<string> ReadAll(RespReply reply, bool isRead)
        {
            using (reply)
            {
                var streams = isRead ? StreamReplyReader.OfRead(reply.Read()) : StreamReplyReader.OfEntries(reply.Read());
                var found = new List<string>();
                while (!isRead || found.Count == 0)
                {
                    if (isRead && !streams.TryReadStream(out _))
                        break;
                    while (streams.TryReadEntry(out var entry))
                    {
                        found.Add(System.Text.Encoding.UTF8.GetString(entry.Id));
                        while (entry.TryReadField(out var name, out var value))
                            found[^1] += $" {System.Text.Encoding.UTF8.GetString(name)}={System.Text.Encoding.UTF8.GetString(value)}";
                    }

                    if (!isRead)
                        break;
                }

                return found;
            }
        }
    }

    [Fact]
    public async Task SeveralServers_ThePrimaryIsFound()
    {
        await using var replica = await RedisUnderTest.StartAsync(new() { Arguments = ["--replicaof", "127.0.0.1", redis.Port.ToString(CultureInfo.InvariantCulture)] });
        await using var client = new TestClient($"127.0.0.1:{FreePort.Next()},127.0.0.1:{replica.Port},127.0.0.1:{redis.Port}");

        (await client.SendAsync("ROLE")).ShouldStartWith("[master");
    }

    [Fact]
    public async Task NobodyThere_SaysWhereAndWhy()
    {
        var port = FreePort.Next();
        await using var client = new TestClient($"redis://u:secret@localhost:{port}");

        var failure = await Should.ThrowAsync<RedisConnectionException>(client.SendAsync("PING"));

        failure.Outcome.ShouldBe(CommandOutcome.NotSent);
        failure.Message.ShouldContain($"localhost:{port}");
        failure.Message.ShouldContain("ConnectionRefused");
        failure.ToString().ShouldNotContain("secret");
    }
}
