namespace Curlew;

/// <summary>What the stream's loop does after it has written what a source gave it.</summary>
internal enum SourceState
{
    /// <summary>There is nothing more for now: wait to be woken.</summary>
    Idle,

    /// <summary>One write is full: send it and read on.</summary>
    More,

    /// <summary>The source has no more events.</summary>
    Ended,
}
