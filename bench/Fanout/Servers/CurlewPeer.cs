using System.Diagnostics;
using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout.Servers;

/// <summary>The <c>curlew</c> program with its defaults; the two limits on streams raised, because all of them come from one machine.</summary>
internal sealed class CurlewPeer : SingleProcessPeer
{
    public override string Name => "curlew";

    public override bool Supports(Scenario scenario) => true;

    public override string? FindMissing() => BenchFiles.Hub is null ? "src/Curlew.Hub has not been built: dotnet build src/Curlew.Hub -c Release" : null;

    public override string DescribeVersion() => $"Curlew {Installed.AssemblyVersion(BenchFiles.Hub!)}, .NET {Environment.Version}";

    /// <summary>How to start the program.</summary>
    /// <param name="port">The port of 127.0.0.1 that it listens on.</param>
    /// <param name="directory">Where it runs.</param>
    /// <param name="more">More arguments.</param>
    public static ProcessStartInfo CreateServe(int port, string directory, params string[] more) =>
        new("dotnet", [BenchFiles.Hub!, "serve", "--urls", $"http://127.0.0.1:{port}", "--Curlew:MaxConnections=1000000", "--Curlew:MaxConnectionsPerAddress=1000000", .. more])
        {
            WorkingDirectory = directory,
        };

    public override string SubscribePath(IReadOnlyList<string> filters) => $"/events?{string.Join('&', filters.Select(static filter => $"topic={filter}"))}";

    public override string PublishPath(string topic) => $"/events?topic={topic}";

    protected override ProcessStartInfo CreateStart(int port, string directory, Scenario scenario) => CreateServe(port, directory);
}
