using System.Net.Sockets;

namespace Curlew.Bench.Fanout.Load;

/// <summary>One stream of the load. Belongs to the reader's thread once it is watched.</summary>
internal sealed class OpenStream(Socket socket, string path, byte[] request) : IDisposable
{
    public Socket Socket { get; } = socket;

    public int Handle { get; } = (int)socket.SafeHandle.DangerousGetHandle();

    /// <summary>What it asks for.</summary>
    public string Path => path;

    public required StreamScanner Scanner { get; init; }

    /// <summary>What it must receive.</summary>
    public required SequenceCheck Check { get; init; }

    /// <summary>A client that comes back: it is done, and leaves, when it has caught up.</summary>
    public bool IsResumer { get; init; }

    /// <summary>Its place among the pool's streams.</summary>
    public int Key { get; set; }

    /// <summary>How far it must get, having come back from a stream that broke off; null once it is there, or if it has not come back.</summary>
    public long? CatchUpTo { get; set; }

    /// <summary>Whether anything stamped has come.</summary>
    public bool IsWarm { get; set; }

    public bool IsClosed { get; private set; }

    /// <summary>Sends the request.</summary>
    public void SendRequest()
    {
        for (var sent = 0; sent < request.Length;)
            sent += Socket.Send(request.AsSpan(sent));
    }

    /// <summary>Leaves at once, by a reset: thousands of ports in TIME_WAIT would be missing in the next run.</summary>
    public void Dispose()
    {
        if (IsClosed)
            return;
        IsClosed = true;
        Socket.LingerState = new(enable: true, seconds: 0);
        Socket.Dispose();
    }
}
