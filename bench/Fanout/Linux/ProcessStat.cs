namespace Curlew.Bench.Fanout.Linux;

/// <summary>What is read of <c>/proc/ID/stat</c>.</summary>
/// <param name="Parent">The parent's process id.</param>
/// <param name="Ticks">CPU time in clock ticks, with that of ended children.</param>
internal readonly record struct ProcessStat(int Parent, long Ticks);
