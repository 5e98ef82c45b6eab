using System.Net;
using System.Net.Sockets;
using Curlew.Bench.Fanout.Linux;
using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout.Servers;

/// <summary>A server that has been started and answers, with all the processes that it is. Disposing ends them.</summary>
internal sealed class RunningServer : IDisposable
{
    private readonly Peer _peer;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("curlew-bench-");
    private readonly List<ServerProcess> _parts = [];

    private RunningServer(Peer peer) => _peer = peer;

    /// <summary>Its processes, in the order in which the peer names them.</summary>
    public IReadOnlyList<ServerProcess> Parts => _parts;

    /// <summary>Where events are published.</summary>
    public IPEndPoint PublishTo => _parts[_peer.PublishPart].Address;

    /// <summary>Where streams are opened.</summary>
    public IPEndPoint SubscribeTo => _parts[^1].Address;

    /// <summary>All its processes, as they are now.</summary>
    public ProcessTree Processes => ProcessTree.Of([.. _parts.Select(static part => part.Id)]);

    /// <summary>The processes of the store that it keeps its events in; null if it has none.</summary>
    public ProcessTree? Store => _peer.StorePart is { } part ? ProcessTree.Of([_parts[part].Id]) : null;

    /// <summary>The last lines that it wrote.</summary>
    public string LastLines => string.Join(" / ", _parts.Select(static part => part.LastLines).Where(static lines => lines.Length > 0));

    /// <summary>Whether it still runs, with all its processes.</summary>
    public bool IsRunning => _parts.TrueForAll(static part => part.IsRunning);

    /// <summary>Starts a server on free ports and waits until it answers.</summary>
    /// <exception cref="RunFailedException">It does not.</exception>
    public static RunningServer Start(Peer peer, Scenario scenario, CancellationToken cancel)
    {
        var server = new RunningServer(peer);
        try
        {
            var ports = FindFreePorts(peer.PartCount);
            for (var part = 0; part < ports.Length; part++)
            {
                var (number, port) = (part, ports[part]);
                server._parts.Add(ServerProcess.Start(peer.CreateStart(part, ports, server._directory.FullName, scenario), port, () => peer.Answers(number, port), cancel));
            }

            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        // What stands on others goes first.
        for (var part = _parts.Count - 1; part >= 0; part--)
            _parts[part].Dispose();
        _directory.Delete(recursive: true);
    }

    private static int[] FindFreePorts(int count)
    {
        // All of them at once, so that none comes twice.
        Socket[] sockets = [.. Enumerable.Range(0, count).Select(static _ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
        try
        {
            return Array.ConvertAll(sockets, static socket =>
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                return ((IPEndPoint)socket.LocalEndPoint!).Port;
            });
        }
        finally
        {
            Array.ForEach(sockets, static socket => socket.Dispose());
        }
    }
}
