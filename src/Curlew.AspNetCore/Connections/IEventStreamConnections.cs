namespace Curlew;

/// <summary>
/// The open streams of this process, those of hubs and those of one request, listed, counted and closed. Added by <c>AddCurlew</c>; thread-safe.
/// </summary>
/// <remarks>
/// It knows nothing of other processes: in a cluster each node answers for its own clients.
/// </remarks>
public interface IEventStreamConnections
{
    /// <summary>How many streams there are, those that are just being opened among them.</summary>
    int Count { get; }

    /// <summary>The streams as they are now. It costs a small object for each stream.</summary>
    /// <returns>The streams, in no particular order.</returns>
    IReadOnlyList<EventStreamConnectionInfo> List();

    /// <summary>Closes one stream.</summary>
    /// <param name="id">Its <see cref="EventStreamConnectionInfo.Id"/>.</param>
    /// <param name="reason">Why, for the log.</param>
    /// <returns>Whether there was such a stream; one that is being closed for another reason is none.</returns>
    /// <exception cref="ArgumentException">The reason is empty.</exception>
    /// <remarks>
    /// <para>The client gets what is on its way to it, a <c>retry:</c> and a clean end. It comes back with its last event id, as after any cut, and misses
    /// nothing; an application that wants it to stay away must refuse it then: an <c>EventSource</c> gives up at any status but 200, such as 204 or 401.</para>
    /// <para>A client that does not read is cut when its write has been stuck for <see cref="CurlewOptions.WriteTimeout"/>.</para>
    /// </remarks>
    bool Close(string id, string reason);

    /// <summary>Closes all streams of a user, also those whose requests have passed the limits and are about to begin.</summary>
    /// <param name="userId">The user's id, as <see cref="CurlewOptions.UserId"/> gives it.</param>
    /// <param name="reason">Why, for the log.</param>
    /// <returns>How many streams it closed.</returns>
    /// <exception cref="ArgumentException">The user or the reason is empty.</exception>
    /// <remarks>Take the right away first, and close the streams then: in the other order a client is back before it is refused. How a stream ends is said at <see cref="Close"/>.</remarks>
    int CloseUser(string userId, string reason);

    /// <summary>Closes the streams that match.</summary>
    /// <param name="predicate">Called once for each stream, on the caller's thread.</param>
    /// <param name="reason">Why, for the log.</param>
    /// <returns>How many streams it closed.</returns>
    /// <exception cref="ArgumentException">The reason is empty.</exception>
    /// <remarks>How a stream ends is said at <see cref="Close"/>.</remarks>
    int CloseWhere(Func<EventStreamConnectionInfo, bool> predicate, string reason);

    /// <summary>Whether a user has a stream open, on this process.</summary>
    /// <param name="userId">The user's id.</param>
    /// <returns>Whether there is at least one.</returns>
    bool IsUserConnected(string userId) => CountUser(userId) > 0;

    /// <summary>How many streams a user has open, on this process. It costs a look-up.</summary>
    /// <param name="userId">The user's id.</param>
    /// <returns>The number of streams.</returns>
    int CountUser(string userId);

    /// <summary>How many streams receive what is published to a topic, on this process. It looks at every stream.</summary>
    /// <param name="topic">A topic. A stream's types are not asked for.</param>
    /// <param name="hub">The hub's name; the default hub's is the empty string.</param>
    /// <returns>The number of streams.</returns>
    /// <remarks>A stream counts from when it is subscribed: what is published after that reaches it.</remarks>
    int CountTopic(string topic, string hub = "");
}
