using System.Diagnostics;
using System.Globalization;
using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout.Servers;

/// <summary>The physical limit: one thread of C that writes one shared buffer to every socket. It is compiled where it is needed.</summary>
internal sealed class FloorPeer : SingleProcessPeer
{
    private static readonly string Source = BenchFiles.Peer("floor/floor.c");
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, "floor");

    public override string Name => Peers.Floor;

    private static string? Compiler => Installed.Find("gcc") ?? Installed.Find("cc");

    public override bool Supports(Scenario scenario) => base.Supports(scenario) && scenario.Topics == 1;

    public override string? FindMissing() => Compiler is null ? "there is no C compiler: apt-get install gcc libc6-dev" : null;

    public override string DescribeVersion() => $"{Installed.FirstLine(Compiler!, "--version")}, -O2";

    protected override ProcessStartInfo CreateStart(int port, string directory, Scenario scenario)
    {
        if (!File.Exists(Executable) || File.GetLastWriteTimeUtc(Executable) < File.GetLastWriteTimeUtc(Source))
            Installed.Run(Compiler!, "-O2", "-o", Executable, Source);
        return new(Executable, [port.ToString(CultureInfo.InvariantCulture)]) { WorkingDirectory = directory };
    }
}
