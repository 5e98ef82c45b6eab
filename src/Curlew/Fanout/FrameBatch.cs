namespace Curlew;

/// <summary>
/// What a subscription hands to its writer at once. Bounded, so that no client's catching up fills memory or holds a lock for long.
/// A batch is used by one thread at a time and cleared after use; it may be shared by connections in turn.
/// </summary>
internal sealed class FrameBatch
{
    public const int MaxFrames = 256;
    public const int MaxBytes = 64 * 1024;

    private readonly Frame[] _frames = new Frame[MaxFrames + 1];

    public int Count { get; private set; }

    public int Bytes { get; private set; }

    /// <summary>Whether the frames were read from the window or the log rather than taken from the queue.</summary>
    public bool IsReplay { get; set; }

    public bool IsFull => Count >= MaxFrames || Bytes >= MaxBytes;

    public ReadOnlySpan<Frame> Frames => _frames.AsSpan(0, Count);

    public void Add(Frame frame)
    {
        _frames[Count++] = frame;
        Bytes += frame.Length;
    }

    public void Clear()
    {
        _frames.AsSpan(0, Count).Clear();
        Count = 0;
        Bytes = 0;
        IsReplay = false;
    }
}
