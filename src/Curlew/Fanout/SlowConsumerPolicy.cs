namespace Curlew;

/// <summary>What happens when the queue of a client that reads too slowly is full.</summary>
public enum SlowConsumerPolicy
{
    /// <summary>The queue is dropped and the client's cursor stays: it reads on from the log at its own speed. Nothing is lost while the log retains it.</summary>
    Resume,

    /// <summary>The connection is closed. The client comes back with its last event id and resumes from there.</summary>
    Disconnect,

    /// <summary>The oldest queued events make room, and a <c>gap</c> in their place tells how many were missed: for data of which only the newest counts.</summary>
    DropOldest,
}
