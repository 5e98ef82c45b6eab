using System.Text;

namespace Curlew.Redis.Tests.Protocol;

public sealed class RespReaderTests
{
    [Theory]
    [InlineData("*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n$1\r\n2\r\n")]
    [InlineData("%2\r\n$1\r\na\r\n:1\r\n+b\r\n:2\r\n")]
    public void ReadMap_OfEitherProtocol_GivesPairs(string text)
    {
        var reader = Read(text);

        reader.ReadMap().ShouldBe(2);
        reader.ReadString().ShouldBe("a");
        reader.ReadInteger().ShouldBe(1);
        reader.ReadString().ShouldBe("b");
        reader.ReadInteger().ShouldBe(2);
        reader.Type.ShouldBe(RespType.None);
    }

    [Theory]
    [InlineData("$-1\r\n")]
    [InlineData("*-1\r\n")]
    [InlineData("_\r\n")]
    public void TryReadNull_OfAnyNull_TakesIt(string text)
    {
        var reader = Read(text + ":1\r\n");

        reader.TryReadNull().ShouldBeTrue();
        reader.TryReadNull().ShouldBeFalse();
        reader.ReadInteger().ShouldBe(1);
    }

    [Fact]
    public void AnAttribute_IsPassedOver()
    {
        var reader = Read("|1\r\n+ttl\r\n*2\r\n:1\r\n:2\r\n*2\r\n:7\r\n|1\r\n+x\r\n+y\r\n:8\r\n");

        reader.ReadArray().ShouldBe(2);
        reader.ReadInteger().ShouldBe(7);
        reader.ReadInteger().ShouldBe(8);
        reader.Rest.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData(":1\r\n", "Integer")]
    [InlineData("", "ended")]
    public void ReadArray_OfSomethingElse_SaysWhatItIs(string text, string expected) =>
        Should.Throw<RespProtocolException>(() => Read(text).ReadArray()).Message.ShouldContain(expected);

    [Fact]
    public void ReadBytes_OfAnErrorWithinAReply_ThrowsIt()
    {
        var failure = Should.Throw<RedisServerException>(static () =>
        {
            var reader = Read("*1\r\n-WRONGTYPE not a stream\r\n");
            reader.ReadArray();
            reader.ReadBytes();
        });
        failure.Code.ShouldBe("WRONGTYPE");
        failure.Message.ShouldBe("WRONGTYPE not a stream");
    }

    [Theory]
    [InlineData("NOSCRIPT No matching script.", "NOSCRIPT")]
    [InlineData("syntax error", "ERR")]
    [InlineData("", "ERR")]
    public void AnError_HasItsCode(string text, string code) => RedisServerException.Parse(text).Code.ShouldBe(code);

    [Fact]
    public void TheErrorOfAnUnknownCommand_DoesNotRepeatItsArguments() =>
        RedisServerException.Parse("ERR unknown command 'AUTH', with args beginning with: 'secret' ").Message.ShouldBe("ERR unknown command 'AUTH'");

    [Theory]
    [InlineData("*2\r\n*2\r\n$1\r\ns\r\n*2\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n*2\r\n$3\r\n1-2\r\n*-1\r\n*2\r\n$1\r\nt\r\n*1\r\n*2\r\n$3\r\n2-1\r\n*2\r\n$1\r\nb\r\n$1\r\n2\r\n")]
    [InlineData("%2\r\n$1\r\ns\r\n*2\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n*2\r\n$3\r\n1-2\r\n_\r\n$1\r\nt\r\n*1\r\n*2\r\n$3\r\n2-1\r\n*2\r\n$1\r\nb\r\n$1\r\n2\r\n")]
    public void StreamReply_OfEitherProtocol_GivesEntries(string text)
    {
        var found = new List<string>();
        var streams = StreamReplyReader.OfRead(Read(text));
        while (streams.TryReadStream(out var key))
        {
            while (streams.TryReadEntry(out var entry))
            {
                found.Add($"{Encoding.UTF8.GetString(key)} {Encoding.UTF8.GetString(entry.Id)}{(entry.IsDeleted ? " deleted" : "")}");
                while (entry.TryReadField(out var name, out var value))
                    found[^1] += $" {Encoding.UTF8.GetString(name)}={Encoding.UTF8.GetString(value)}";
            }
        }

        found.ShouldBe(["s 1-1 a=1", "s 1-2 deleted", "t 2-1 b=2"]);
    }

    [Theory]
    [InlineData("*-1\r\n")]
    [InlineData("_\r\n")]
    public void StreamReply_OfAReadThatTimedOut_HasNoStreams(string text) =>
        StreamReplyReader.OfRead(Read(text)).TryReadStream(out _).ShouldBeFalse();

    [Fact]
    public void StreamReply_WithEntriesLeftUnread_GoesOnToTheNextStream()
    {
        var streams = StreamReplyReader.OfRead(Read("%2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*0\r\n$1\r\nt\r\n*0\r\n"));

        streams.TryReadStream(out _).ShouldBeTrue();
        streams.TryReadStream(out var key).ShouldBeTrue();
        Encoding.UTF8.GetString(key).ShouldBe("t");
        streams.TryReadStream(out _).ShouldBeFalse();
    }

    private static RespReader Read(string text) => new(Encoding.UTF8.GetBytes(text));
}
