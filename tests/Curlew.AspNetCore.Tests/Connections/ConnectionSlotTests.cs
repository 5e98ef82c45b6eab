using System.Net;

namespace Curlew.AspNetCore.Tests.Connections;

public sealed class ConnectionSlotTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData("2001:db8:1:2:ffff::1", "2001:db8:1:2::")]
    [InlineData("fe80::1%3", "fe80::")]
    [InlineData("::1", "::")]
    public void For_AnAddress_IsItsNetwork(string address, string network) =>
        ConnectionSlot.For(IPAddress.Parse(address), null).ShouldBe(new ConnectionSlot(IPAddress.Parse(network), null));

    [Fact]
    public void For_NeighbouringNetworks_AreDifferent() =>
        ConnectionSlot.For(IPAddress.Parse("2001:db8:1:2::1"), null).ShouldNotBe(ConnectionSlot.For(IPAddress.Parse("2001:db8:1:3::1"), null));

    [Fact]
    public void For_NoAddress_IsNone() => ConnectionSlot.For(null, "7").ShouldBe(new ConnectionSlot(null, "7"));
}
