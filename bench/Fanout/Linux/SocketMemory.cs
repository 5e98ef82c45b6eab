using System.Globalization;

namespace Curlew.Bench.Fanout.Linux;

/// <summary>What the TCP sockets of the machine hold in the kernel, sent and not yet read; no process's memory shows it.</summary>
internal static class SocketMemory
{
    /// <summary>Now, in bytes.</summary>
    public static long Read() => Parse(File.ReadLines("/proc/net/sockstat")) * Environment.SystemPageSize;

    /// <summary>Reads <c>/proc/net/sockstat</c>; in pages.</summary>
    public static long Parse(IEnumerable<string> lines)
    {
        var fields = lines.FirstOrDefault(static line => line.StartsWith("TCP:", StringComparison.Ordinal))?.Split(' ') ?? [];
        var at = Array.IndexOf(fields, "mem");
        return at < 0 ? 0 : long.Parse(fields[at + 1], CultureInfo.InvariantCulture);
    }
}
