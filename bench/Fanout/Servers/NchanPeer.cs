using System.Diagnostics;
using System.Globalization;
using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout.Servers;

/// <summary>nchan on nginx.</summary>
/// <param name="workers">nginx's worker processes.</param>
internal sealed class NchanPeer(int workers) : SingleProcessPeer
{
    private const string Module = "ngx_nchan_module.so";
    private static readonly string[] ModuleDirectories = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/nginx/modules", "/etc/nginx/modules"];

    public override string Name => $"nchan-{workers}";

    private static string? Nginx => Installed.Find("nginx");

    private static string? ModulePath => ModuleDirectories.Select(static directory => Path.Combine(directory, Module)).FirstOrDefault(File.Exists);

    public override bool Supports(Scenario scenario) => scenario.Shape == TopicShape.Exact;

    public override string? FindMissing() =>
        Nginx is null ? "there is no nginx: apt-get install nginx libnginx-mod-nchan"
        : ModulePath is null ? $"nginx has no {Module}: apt-get install libnginx-mod-nchan"
        : null;

    public override string DescribeVersion() =>
        $"nchan {Installed.DebianVersion("libnginx-mod-nchan")} on nginx {Installed.FirstLine(Nginx!, "-v").Split('/')[^1]}, {workers} worker{(workers == 1 ? "" : "s")}";

    protected override ProcessStartInfo CreateStart(int port, string directory, Scenario scenario)
    {
        var configuration = Path.Combine(directory, "nginx.conf");
        var text = File.ReadAllText(BenchFiles.Peer("nchan/nginx.conf"))
            .Replace("{module}", ModulePath, StringComparison.Ordinal)
            // Workers of root would be another user, who may not enter the directory.
            .Replace("{user}", Environment.IsPrivilegedProcess ? "user root;" : "", StringComparison.Ordinal)
            .Replace("{workers}", workers.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{connections}", (scenario.Sockets + 500).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{directory}", directory, StringComparison.Ordinal)
            .Replace("{port}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        File.WriteAllText(configuration, text);
        return new(Nginx!, ["-p", directory, "-e", "stderr", "-c", configuration]);
    }

    public override string SubscribePath(IReadOnlyList<string> filters) => filters is [var only] ? $"/sub/{only}" : $"/msub/{string.Join(',', filters)}";
}
