using System.Diagnostics;
using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout.Servers;

/// <summary>The <c>curlew</c> program with its defaults; the two limits on streams raised, because all of them come from one machine.</summary>
internal sealed class CurlewPeer : Peer
{
    public override string Name => "curlew";

    public override bool Supports(Scenario scenario) => true;

    public override string? FindMissing() => BenchFiles.Hub is null ? "src/Curlew.Hub has not been built: dotnet build src/Curlew.Hub -c Release" : null;

    public override string DescribeVersion() => $"Curlew {Installed.AssemblyVersion(BenchFiles.Hub!)}, .NET {Environment.Version}";

    public override ProcessStartInfo CreateStart(int port, string directory, Scenario scenario) =>
        new("dotnet", [BenchFiles.Hub!, "serve", "--urls", $"http://127.0.0.1:{port}", "--Curlew:MaxConnections=1000000", "--Curlew:MaxConnectionsPerAddress=1000000"])
        {
            WorkingDirectory = directory,
        };

    public override string SubscribePath(IReadOnlyList<string> filters) => $"/events?{string.Join('&', filters.Select(static filter => $"topic={filter}"))}";

    public override string PublishPath(string topic) => $"/events?topic={topic}";
}
