using System.Net;
using System.Net.Sockets;

namespace Curlew.Testing.Tests;

public sealed class FreePortTests
{
    [Fact]
    public void FreePort_AgainAndAgain_IsAnotherThatCanBeListenedOn()
    {
        var listeners = new List<TcpListener>();
        try
        {
            for (var i = 0; i < 500; i++)
            {
                var port = FreePort.Next();
                port.ShouldBeLessThan(32_768);
                listeners.Add(new TcpListener(IPAddress.Loopback, port));
                listeners[i].Start();
            }
        }
        finally
        {
            listeners.ForEach(static listener => listener.Dispose());
        }
    }
}
