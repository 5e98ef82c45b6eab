using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Curlew.Bench.Fanout.Linux;

/// <summary>The monotonic clock in nanoseconds, and a wait that ends within some 50 µs of its time rather than within a millisecond or two.</summary>
internal static partial class Clock
{
    private const int Monotonic = 1;
    private const int Absolute = 1;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Now. <see cref="Stopwatch"/> is this very clock on Linux.</summary>
    public static long Now => Stopwatch.GetTimestamp();

    public static long FromSeconds(double seconds) => (long)(seconds * NanosecondsPerSecond);

    public static double ToSeconds(long nanoseconds) => nanoseconds / (double)NanosecondsPerSecond;

    /// <summary>Blocks the thread until the time has come.</summary>
    public static void WaitUntil(long time)
    {
        var until = new TimeSpec((nint)(time / NanosecondsPerSecond), (nint)(time % NanosecondsPerSecond));
        while (Now < time && Sleep(Monotonic, Absolute, in until, 0) != 0)
        {
            // A signal came before the time did.
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sleep(int clock, int flags, in TimeSpec until, nint remaining);

    private readonly record struct TimeSpec(nint Seconds, nint Nanoseconds);
}
