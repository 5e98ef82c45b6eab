using Curlew.Protocol;

namespace Curlew;

/// <summary>
/// The storage behind a hub: one totally ordered, retained sequence of events, the only place where an id is made.
/// </summary>
/// <remarks>
/// <para>Every member may be called from any thread, at the same time as the others. A log knows no clients.</para>
/// <para>Ids grow strictly. Retention removes from the oldest end only, so what is held is always contiguous, from just above
/// <see cref="LogBounds.TrimmedThrough"/> to <see cref="LogBounds.Newest"/>.</para>
/// <para>A log that cannot be reached throws <see cref="EventLogUnavailableException"/>.</para>
/// </remarks>
public interface IEventLog : IAsyncDisposable
{
    /// <summary>
    /// Appends a batch: all of it or nothing, with nothing in between. All that a <see cref="NewEvent"/> has is kept, its own time included, and comes back in
    /// the <see cref="Frame"/>.
    /// </summary>
    /// <param name="batch">At least one event.</param>
    /// <param name="idempotencyKey">
    /// Names the batch. Where the key is remembered (for a stated time, within a bound), nothing is appended and the first call's id is returned.
    /// </param>
    /// <param name="cancellationToken">Gives up waiting. The batch may have been appended all the same.</param>
    /// <returns>The id of the batch's last event.</returns>
    /// <exception cref="EventLogUnavailableException">The log takes no events now; nothing was appended, unless the exception says that it is unknown.</exception>
    ValueTask<EventId> AppendAsync(IReadOnlyList<NewEvent> batch, string? idempotencyKey, CancellationToken cancellationToken);

    /// <summary>Reads the events after a position, oldest first.</summary>
    /// <param name="after">The position.</param>
    /// <param name="maxEvents">At most this many, at least 1. The log may give fewer, but at least one if there is any.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The page; see <see cref="EventPage.Bounds"/> for how to know that nothing is missing at its start.</returns>
    ValueTask<EventPage> ReadAsync(EventId after, int maxEvents, CancellationToken cancellationToken);

    /// <summary>Reads the newest events before a position. The page is in log order all the same.</summary>
    /// <param name="before">The position; the event that has this id is not among them.</param>
    /// <param name="maxEvents">At most this many, at least 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The page.</returns>
    ValueTask<EventPage> ReadBackAsync(EventId before, int maxEvents, CancellationToken cancellationToken);

    /// <summary>Whether the log holds an event with this id.</summary>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it does.</returns>
    ValueTask<bool> ContainsAsync(EventId id, CancellationToken cancellationToken);

    /// <summary>What the log holds now.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The bounds.</returns>
    ValueTask<LogBounds> GetBoundsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Reads on for ever, waiting where there is nothing yet. There is one tail per log and process.
    /// Asking for the next page says that the last one has been routed. A log that may be away gives a page, if need be one without events, as soon as
    /// it can be read, and throws when it no longer can; the hub then asks for the tail anew.
    /// </summary>
    /// <param name="after">The position to begin at.</param>
    /// <param name="cancellationToken">Ends the sequence.</param>
    /// <returns>Pages; one without events only brings newer bounds.</returns>
    IAsyncEnumerable<EventPage> TailAsync(EventId after, CancellationToken cancellationToken);

    /// <summary>Removes what the retention no longer allows. The hub calls it about once a second.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The bounds afterwards.</returns>
    ValueTask<LogBounds> TrimAsync(CancellationToken cancellationToken);
}
