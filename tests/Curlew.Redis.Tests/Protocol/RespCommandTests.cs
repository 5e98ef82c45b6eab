using System.Buffers;
using System.Text;

namespace Curlew.Redis.Tests.Protocol;

public sealed class RespCommandTests
{
    [Fact]
    public void WriteTo_IsAnArrayOfStrings()
    {
        using var command = new RespCommand("SET"u8).AddKey("k").Add("é").Add(-12).Add(""u8);

        Encode(command).ShouldBe("*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\né\r\n$3\r\n-12\r\n$0\r\n\r\n");
    }

    [Fact]
    public void WriteTo_ManyLargeArguments_KeepsThemAll()
    {
        var value = new string('x', 10_000);
        using var command = new RespCommand("RPUSH"u8).AddKey("k");
        for (var i = 0; i < 50; i++)
            command.Add(value);

        Encode(command).ShouldBe("*52\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n" + string.Concat(Enumerable.Repeat($"$10000\r\n{value}\r\n", 50)));
    }

    [Fact]
    public void AScript_GoesByItsHashOrInFull()
    {
        var script = new RespScript("return 1");
        using var command = new RespCommand(script, keys: 1).AddKey("k").Add("a");

        Encode(command).ShouldBe("*5\r\n$7\r\nEVALSHA\r\n$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n$1\r\n1\r\n$1\r\nk\r\n$1\r\na\r\n");
        Encode(command, scriptInFull: true).ShouldBe("*5\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n1\r\n$1\r\nk\r\n$1\r\na\r\n");
    }

    [Fact]
    public void AddKey_InAnotherSlot_IsRefused()
    {
        using var command = new RespCommand("DEL"u8).AddKey("{a}1").AddKey("{a}2");

        command.Slot.ShouldBe(HashSlot.Of("a"));
        Should.Throw<ArgumentException>(() => command.AddKey("b")).Message.ShouldContain("hash tag");
    }

    [Fact]
    public void ADisposedCommand_IsOfNoMoreUse()
    {
        var command = new RespCommand("PING"u8);
        command.Dispose();
        command.Dispose();

        Should.Throw<ObjectDisposedException>(() => Encode(command));
        Should.Throw<ObjectDisposedException>(() => command.Add(1));
    }

    private static string Encode(RespCommand command, bool scriptInFull = false)
    {
        var output = new ArrayBufferWriter<byte>();
        command.WriteTo(output, scriptInFull);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
