using System.Diagnostics;
using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout.Servers;

/// <summary>ASP.NET Core's own <c>TypedResults.ServerSentEvents</c>, over a channel for each connection.</summary>
internal sealed class PlatformPeer : SingleProcessPeer
{
    public override string Name => "aspnetcore";

    public override string? FindMissing() =>
        BenchFiles.Platform is null ? "bench/Peers/Platform has not been built: dotnet build bench/Peers/Platform -c Release" : null;

    public override string DescribeVersion() => $"ASP.NET Core {Environment.Version}";

    protected override ProcessStartInfo CreateStart(int port, string directory, Scenario scenario) =>
        new("dotnet", [BenchFiles.Platform!, "--urls", $"http://127.0.0.1:{port}"]) { WorkingDirectory = directory };
}
