using System.Text;

namespace Curlew.Redis.Tests.Protocol;

public sealed class RespScannerTests
{
    private static readonly RespLimits Small = new(MaxReplyBytes: 1000, MaxDepth: 3);

    [Theory]
    [InlineData("*1\r\n*1\r\n*1\r\n:1\r\n", false)]
    [InlineData("*1\r\n*1\r\n*1\r\n*1\r\n", true)]
    public void AReply_NestsAsDeepAsAllowed(string text, bool isRefused) => Scan(text, Small).IsRefused.ShouldBe(isRefused);

    [Theory]
    [InlineData("$994\r\n")]
    [InlineData("$999999999999999999\r\n")]
    [InlineData("*334\r\n")]
    [InlineData("%999999999999999999\r\n")]
    public void WhatIsAnnouncedTooLarge_IsRefusedBeforeItComes(string text) => Scan(text, Small).IsRefused.ShouldBeTrue();

    [Fact]
    public void ManySmallElements_AreTooLargeTogether() =>
        Scan("*330\r\n" + string.Concat(Enumerable.Repeat(":12\r\n", 200)), Small).IsRefused.ShouldBeTrue();

    [Fact]
    public void ALine_IsRefusedWhenItsEndDoesNotCome() =>
        Scan("+" + new string('x', RespLimits.MaxLineBytes), RespLimits.Default).IsRefused.ShouldBeTrue();

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("$?\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("%-1\r\n")]
    [InlineData("$+1\r\n")]
    [InlineData("$\r\n")]
    [InlineData("$1\r\nab\r\n")]
    [InlineData(":1.5\r\n")]
    [InlineData(":\r\n")]
    [InlineData(": 1\r\n")]
    [InlineData(":9223372036854775808\r\n")]
    [InlineData("#y\r\n")]
    [InlineData("_x\r\n")]
    [InlineData(",1.5x\r\n")]
    [InlineData("(\r\n")]
    [InlineData("=3\r\ntxt\r\n")]
    [InlineData("+a\nb\r\n")]
    [InlineData("+a\rb\r\n")]
    [InlineData("*1\r\n>1\r\n+x\r\n")]
    [InlineData(">0\r\n")]
    public void WhatIsNotResp_IsRefused(string text) => Scan(text).ShouldBe(new([], IsRefused: true));

    [Fact]
    public void RepliesBeforeGarbage_AreGiven() => Scan("+OK\r\n:1\r\ngarbage").ShouldBe(new(["+OK\r\n", ":1\r\n"], IsRefused: true));

    private static ScanResult Scan(string text, RespLimits? limits = null) => ScanResult.Of([Encoding.ASCII.GetBytes(text)], limits);
}
