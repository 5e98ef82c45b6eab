using System.Diagnostics;
using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout.Servers;

/// <summary>A server that listens on one port, whatever children it has.</summary>
internal abstract class SingleProcessPeer : Peer
{
    public sealed override ProcessStartInfo CreateStart(int part, IReadOnlyList<int> ports, string directory, Scenario scenario) => CreateStart(ports[part], directory, scenario);

    /// <summary>How to start it.</summary>
    /// <param name="port">The port of 127.0.0.1 that it listens on.</param>
    /// <param name="directory">A directory of its own.</param>
    /// <param name="scenario">What it will have to serve.</param>
    protected abstract ProcessStartInfo CreateStart(int port, string directory, Scenario scenario);
}
