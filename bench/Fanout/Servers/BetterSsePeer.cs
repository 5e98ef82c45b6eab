using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout.Servers;

/// <summary>better-sse on Node, one process.</summary>
internal sealed class BetterSsePeer : SingleProcessPeer
{
    private static readonly string Module = BenchFiles.Peer("better-sse/node_modules/better-sse/package.json");

    public override string Name => "better-sse";

    public override string? FindMissing() =>
        Installed.Find("node") is null ? "there is no node: apt-get install nodejs npm"
        : !File.Exists(Module) ? "better-sse is not installed: npm ci --prefix bench/Peers/better-sse"
        : null;

    public override string DescribeVersion()
    {
        using var package = JsonDocument.Parse(File.ReadAllText(Module));
        return $"better-sse {package.RootElement.GetProperty("version").GetString()} on Node {Installed.FirstLine("node", "--version").TrimStart('v')}";
    }

    protected override ProcessStartInfo CreateStart(int port, string directory, Scenario scenario) =>
        new("node", [BenchFiles.Peer("better-sse/server.mjs"), port.ToString(CultureInfo.InvariantCulture)]) { WorkingDirectory = directory };
}
