using System.Text;

namespace Curlew.Redis.Tests.Topology;

public sealed class RedirectionTests
{
    private static readonly RedisEndpoint Asked = new("asked", 1);

    [Theory]
    [InlineData("MOVED 3999 127.0.0.1:6381", 3999, "127.0.0.1", 6381)]
    [InlineData("ASK 0 node.example:7000", 0, "node.example", 7000)]
    [InlineData("MOVED 1 ::1:6381", 1, "::1", 6381)]
    [InlineData("MOVED 1 :6381", 1, "asked", 6381)]
    [InlineData("MOVED 1 ?:6381", 1, "asked", 6381)]
    public void TryRead_ARedirection_GivesItsTarget(string text, int slot, string host, int port)
    {
        Redirection.TryRead(RedisServerException.Parse(text), Asked, out var redirection).ShouldBeTrue();

        redirection.ShouldBe(new(slot, new(host, port)));
    }

    [Theory]
    [InlineData("WRONGTYPE 3999 127.0.0.1:6381")]
    [InlineData("MOVED")]
    [InlineData("MOVED 16384 h:1")]
    [InlineData("MOVED -1 h:1")]
    [InlineData("MOVED 1 h")]
    [InlineData("MOVED 1 h:x")]
    public void TryRead_AnythingElse_IsNone(string text) =>
        Redirection.TryRead(RedisServerException.Parse(text), Asked, out _).ShouldBeFalse();

    [Fact]
    public void SlotMap_OfAReply_KnowsOwners()
    {
        var reply = "*2\r\n*4\r\n:0\r\n:99\r\n*4\r\n$2\r\nh1\r\n:1\r\n$2\r\nid\r\n*0\r\n*3\r\n$1\r\nr\r\n:9\r\n$2\r\nid\r\n*3\r\n:100\r\n:16382\r\n*3\r\n_\r\n:2\r\n$2\r\nid\r\n";
        var map = SlotMap.Read(new(Encoding.ASCII.GetBytes(reply)), Asked);

        map.Primaries.ShouldBe([new("h1", 1), new("asked", 2)], ignoreOrder: true);
        map[99].ShouldBe(new("h1", 1));
        map[16382].ShouldBe(new("asked", 2));
        map[16383].ShouldBeNull();

        map.Move(99, new("h3", 3));
        map[99].ShouldBe(new("h3", 3));
        map[98].ShouldBe(new("h1", 1));
    }
}
