namespace Curlew.Client;

/// <summary>What an <see cref="EventSource"/> tells of its connection.</summary>
/// <remarks>
/// A failure is told once, however it came about: with the state <see cref="EventSourceState.Connecting"/> where another attempt follows, with
/// <see cref="EventSourceState.Closed"/> where none does.
/// </remarks>
public sealed class EventSourceStateEventArgs : EventArgs
{
    internal EventSourceStateEventArgs(EventSourceState state, ConnectionFailure? failure = null, TimeSpan? delay = null) =>
        (State, Failure, Delay) = (state, failure, delay);

    /// <summary>The state from now on. It may be the one before: each attempt that fails is told.</summary>
    public EventSourceState State { get; }

    /// <summary>What went wrong, or <see langword="null"/> where nothing did.</summary>
    public ConnectionFailure? Failure { get; }

    /// <summary>How long the source now waits before it connects again; <see langword="null"/> where it does not wait.</summary>
    public TimeSpan? Delay { get; }
}
