using System.Runtime.InteropServices;

namespace Curlew.Bench.Fanout.Linux;

/// <summary>RLIMIT_NOFILE of this process, which the servers it starts inherit. Each stream takes one file here and one in the server.</summary>
internal static partial class OpenFileLimit
{
    private const int Resource = 7;

    /// <summary>Files that a process needs beside its streams.</summary>
    private const int Spare = 500;

    /// <summary>Raises the limit as far as the machine allows, at most to what is needed.</summary>
    /// <returns>How many streams fit.</returns>
    public static int RaiseFor(int streams)
    {
        var wanted = (ulong)(streams + Spare);
        if (Get(Resource, out var limit) != 0)
            return streams;
        if (limit.Current < wanted)
        {
            // The first is what anyone may do, the second what only a privileged process may.
            Set(limit with { Current = Math.Min(limit.Most, wanted) });
            Set(new(wanted, Math.Max(limit.Most, wanted)));
            _ = Get(Resource, out limit);
        }

        return (int)Math.Min((ulong)int.MaxValue, limit.Current - Math.Min(limit.Current, Spare));
    }

    private static void Set(Limit limit) => _ = SetNative(Resource, in limit);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Get(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetNative(int resource, in Limit limit);

    private readonly record struct Limit(ulong Current, ulong Most);
}
