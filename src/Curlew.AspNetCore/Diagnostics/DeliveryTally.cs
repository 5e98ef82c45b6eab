using System.Runtime.InteropServices;

namespace Curlew;

/// <summary>
/// How much the streams of one hub, or those of none, were sent. Counted at every delivery, by each processor on its own, and added up when somebody looks.
/// Thread-safe.
/// </summary>
internal sealed class DeliveryTally
{
    // One for each processor up to a power of two, beyond which some share.
    private readonly Cell[] _cells = new Cell[(int)Math.Min(64, System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount))];

    public long Delivered => _cells.Sum(static cell => cell.Delivered);

    public long Replayed => _cells.Sum(static cell => cell.Replayed);

    public void Add(int events, bool isReplay = false)
    {
        ref var cell = ref _cells[Thread.GetCurrentProcessorId() & (_cells.Length - 1)];
        Interlocked.Add(ref cell.Delivered, events);
        if (isReplay)
            Interlocked.Add(ref cell.Replayed, events);
    }

    // As long as two cache lines, which processors fetch in pairs.
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Cell
    {
        public long Delivered;
        public long Replayed;
    }
}
