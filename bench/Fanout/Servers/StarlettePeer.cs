using System.Diagnostics;
using System.Globalization;
using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout.Servers;

/// <summary>Starlette on uvicorn with uvloop and httptools, one process.</summary>
internal sealed class StarlettePeer : SingleProcessPeer
{
    // Debian's, which has Debian's packages; another that stands first in the path would not see them.
    private const string Python = "/usr/bin/python3";
    private const string Versions = "import starlette, uvicorn, uvloop, httptools, platform; "
        + "print(f'Starlette {starlette.__version__} on uvicorn {uvicorn.__version__}, uvloop {uvloop.__version__}, Python {platform.python_version()}')";

    public override string Name => "starlette";

    public override string? FindMissing() =>
        File.Exists(Python) && Installed.Runs(Python, "-c", Versions)
            ? null
            : "Starlette is not installed: apt-get install python3-starlette python3-uvicorn python3-uvloop python3-httptools";

    public override string DescribeVersion() => Installed.FirstLine(Python, "-c", Versions);

    protected override ProcessStartInfo CreateStart(int port, string directory, Scenario scenario) => new(
        Python,
        [
            "-m", "uvicorn", "server:app", "--app-dir", BenchFiles.Peer("starlette"), "--host", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture),
            "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning", "--backlog", "65535", "--timeout-keep-alive", "3600",
        ])
    {
        WorkingDirectory = directory,
        Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" },
    };
}
