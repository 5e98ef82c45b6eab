namespace Curlew;

/// <summary>Consecutive events of a log, and the log's bounds as they were when or after the events were read.</summary>
/// <param name="Frames">The events, in log order.</param>
/// <param name="Bounds">
/// The bounds, never older than the events: a reader that asked for what follows a position, and finds
/// <see cref="LogBounds.TrimmedThrough"/> above it, knows that the page may lack events before its first.
/// </param>
/// <param name="IsReset">
/// In a tail: the log no longer holds what an earlier page gave (a failover, a flush). Whatever a reader has of it counts as lost, and the tail
/// begins anew: this page and those that follow it give everything above <see cref="LogBounds.TrimmedThrough"/> of this page.
/// </param>
public sealed record EventPage(IReadOnlyList<Frame> Frames, LogBounds Bounds, bool IsReset = false);
