using System.Text.Json;
using Curlew.Protocol;

namespace Curlew;

/// <summary>Publishes to a hub. Thread-safe; a singleton, also as a keyed service under the name of each hub.</summary>
/// <remarks>The everyday calls (publish to a topic, to users, to all) are extension methods: see <see cref="EventPublisherExtensions"/>.</remarks>
public interface IEventPublisher
{
    /// <summary>How payloads become JSON.</summary>
    JsonSerializerOptions PayloadJson { get; }

    /// <summary>The application's events, the same for every hub. Empty where the application named none.</summary>
    EventCatalog Catalog { get; }

    /// <summary>Appends a batch to the hub's log: all of it or nothing, with nothing in between. When the call returns, the batch is in the log.</summary>
    /// <param name="batch">At least one event.</param>
    /// <param name="key">
    /// Makes the call idempotent: within <see cref="HubOptions.IdempotencyLifetime"/>, a repeat with the same key appends nothing and returns the first one's id.
    /// At most 256 characters.
    /// </param>
    /// <param name="cancellationToken">Gives up waiting. The batch may have been appended all the same.</param>
    /// <returns>The id of the batch's last event.</returns>
    /// <exception cref="InvalidEventException">The batch is empty, or the key or an event breaks a rule; nothing was published.</exception>
    /// <exception cref="EventTooLargeException">An event or the batch exceeds the hub's limits; nothing was published.</exception>
    /// <exception cref="EventLogUnavailableException">The log takes no events now.</exception>
    ValueTask<EventId> PublishAsync(IReadOnlyList<NewEvent> batch, string? key = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Hands an event to the hub's outbox and returns at once. The outbox publishes in the order of these calls and tries until the log takes the event,
    /// without ever publishing one twice; it is flushed when the application stops. It is bounded: an event for which it has no room is dropped and counted.
    /// </summary>
    /// <param name="newEvent">The event.</param>
    /// <param name="key">Makes the publication idempotent, as for <see cref="PublishAsync"/>.</param>
    /// <exception cref="InvalidEventException">The event or the key breaks a rule or exceeds a limit. The state of the log is never a reason to throw.</exception>
    void Enqueue(NewEvent newEvent, string? key = null);

    /// <summary>The publisher of another hub.</summary>
    /// <param name="name">The name that the hub was added with.</param>
    /// <returns>Its publisher.</returns>
    /// <exception cref="ArgumentException">There is no such hub; the message lists those there are.</exception>
    IEventPublisher Hub(string name);
}
