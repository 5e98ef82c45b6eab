using System.Text;
using Curlew.Redis.Tests.Servers;

namespace Curlew.Redis.Tests.PubSub;

public sealed class PubSubTests(PlainRedis redis)
{
    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task Messages_AreHeardByTheirChannelUntilItIsLeft(string protocol)
    {
        await using var client = new TestClient(redis.Port, $",protocol={protocol}");
        var (one, other) = (new Recorder(), new Recorder());
        await client.Redis.SubscribeAsync($"{protocol}/one", one, Deadline.Token);
        var left = await client.Redis.SubscribeAsync($"{protocol}/other", other, Deadline.Token);

        await client.Redis.PublishAsync($"{protocol}/one", "1"u8.ToArray());
        await client.Redis.PublishAsync($"{protocol}/other", "2"u8.ToArray());
        await Eventually.UntilAsync(() => other.Heard == "2");
        await left.DisposeAsync();
        await client.Redis.PublishAsync($"{protocol}/other", "3"u8.ToArray());
        await client.Redis.PublishAsync($"{protocol}/one", "4"u8.ToArray());

        await Eventually.UntilAsync(() => one.Heard == "1 4");
        other.Heard.ShouldBe("2");
    }

    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task AfterACut_ChannelsAreSubscribedAgainAndListenersTold(string protocol)
    {
        await using var proxy = CutProxy.Start(redis.Port);
        await using var client = new TestClient(proxy.Port, $",protocol={protocol}");
        var listener = new Recorder();
        await client.Redis.SubscribeAsync($"{protocol}/cut", listener, Deadline.Token);
        await redis.CliAsync("PUBLISH", $"{protocol}/cut", "before");
        await Eventually.UntilAsync(() => listener.Heard == "before");

        proxy.Cut();
        await Eventually.UntilAsync(() => listener.Heard == "before <interrupted> <resumed>");
        await redis.CliAsync("PUBLISH", $"{protocol}/cut", "after");

        await Eventually.UntilAsync(() => listener.Heard == "before <interrupted> <resumed> after");
    }

    [Fact]
    public async Task AnIdleSubscription_IsAskedForASignOfLife()
    {
        foreach (var protocol in new[] { RespProtocol.Resp2, RespProtocol.Resp3 })
        {
            await using var proxy = CutProxy.Start(redis.Port);
            await using var client = new TestClient(RedisConfiguration.Parse($"127.0.0.1:{proxy.Port}") with
            {
                Protocol = protocol,
                KeepAlive = TimeSpan.FromMilliseconds(50),
                CommandTimeout = TimeSpan.FromSeconds(1),
            });
            var listener = new Recorder();
            await client.Redis.SubscribeAsync("idle", listener, Deadline.Token);

            // A half-open connection: nothing says that it is dead but the answer that does not come.
            proxy.Stall();
            await Eventually.UntilAsync(() => listener.Heard.EndsWith("<interrupted>", StringComparison.Ordinal));
            proxy.Resume();
            await Eventually.UntilAsync(() => listener.Heard.EndsWith("<resumed>", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task AListenerThatThrows_HearsTheNext()
    {
        await using var client = new TestClient(redis.Port);
        var listener = new Recorder();
        await client.Redis.SubscribeAsync("throws", listener, Deadline.Token);

        await client.Redis.PublishAsync("throws", "throw"u8.ToArray());
        await client.Redis.PublishAsync("throws", "next"u8.ToArray());

        await Eventually.UntilAsync(() => listener.Heard == "throw next");
        client.Log.Problems.ShouldHaveSingleItem().Message.ShouldContain("'throws'");
    }

    [Fact]
    public async Task ASubscriptionThatIsNotAllowed_IsRefused()
    {
        await using var server = await RedisUnderTest.StartAsync(new() { Arguments = ["--user", "deaf", "on", ">p", "~*", "+@all", "resetchannels", "&allowed"] });
        await using var client = new TestClient(server.Port, ",user=deaf,password=p");

        (await Should.ThrowAsync<RedisServerException>(client.Redis.SubscribeAsync("forbidden", new Recorder(), Deadline.Token))).Code.ShouldBe("NOPERM");
        await client.Redis.SubscribeAsync("allowed", new Recorder(), Deadline.Token);
        await Should.ThrowAsync<InvalidOperationException>(client.Redis.SubscribeAsync("allowed", new Recorder(), Deadline.Token));
    }

    /// <summary>Writes down what it hears, words apart.</summary>
    internal sealed class Recorder : IRedisListener
    {
        private readonly List<string> _heard = [];

        public string Heard
        {
            get
            {
                lock (_heard)
                    return string.Join(' ', _heard);
            }
        }

        public void OnMessage(ReadOnlySpan<byte> message)
        {
            Add(Encoding.UTF8.GetString(message));
            if (message.SequenceEqual("throw"u8))
                throw new InvalidOperationException("As the test wants it.");
        }

        public void OnInterrupted() => Add("<interrupted>");

        public void OnResumed() => Add("<resumed>");

        private void Add(string text)
        {
            lock (_heard)
                _heard.Add(text);
        }
    }
}
