using System.Diagnostics;
using System.Net.Sockets;
using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout.Servers;

/// <summary>A server that is compared, and how it is started, asked and published to.</summary>
internal abstract class Peer
{
    /// <summary>What it is called on the command line and in the table.</summary>
    public abstract string Name { get; }

    /// <summary>Whether it can do what a scenario asks.</summary>
    public virtual bool Supports(Scenario scenario) => scenario is { Shape: TopicShape.Exact, Resumers: 0 };

    /// <summary>What is missing on this machine to run it, as a sentence that says how to get it; null when nothing is.</summary>
    public abstract string? FindMissing();

    /// <summary>Its parts and their versions.</summary>
    public abstract string DescribeVersion();

    /// <summary>How many parts it has, each a process with a port of its own. They are started in their order; streams are opened at the last.</summary>
    public virtual int PartCount => 1;

    /// <summary>The part that events are published to.</summary>
    public virtual int PublishPart => 0;

    /// <summary>The part that is a store, which serves nobody; null if it has none.</summary>
    public virtual int? StorePart => null;

    /// <summary>How to start one of its parts.</summary>
    /// <param name="part">Which of them.</param>
    /// <param name="ports">The ports of 127.0.0.1, by part.</param>
    /// <param name="directory">A directory of the server's own.</param>
    /// <param name="scenario">What it will have to serve.</param>
    public abstract ProcessStartInfo CreateStart(int part, IReadOnlyList<int> ports, string directory, Scenario scenario);

    /// <summary>Whether a part that has been started is ready.</summary>
    public virtual bool Answers(int part, int port) => IsListening(port);

    /// <summary>The path of a stream of topics, or of patterns where <see cref="Supports"/> says so.</summary>
    public virtual string SubscribePath(IReadOnlyList<string> filters) => $"/sub/{string.Join(',', filters)}";

    /// <summary>The path that publishes to a topic.</summary>
    public virtual string PublishPath(string topic) => $"/pub/{topic}";

    /// <summary>Whether the port answers.</summary>
    protected static bool IsListening(int port)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
