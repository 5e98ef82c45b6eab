using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Curlew.Protocol;

namespace Curlew;

/// <summary>The everyday calls of a publisher.</summary>
/// <remarks>
/// A payload that is a <see cref="string"/> is sent as it is; any other is sent as JSON, by <see cref="IEventPublisher.PayloadJson"/>. The type of the
/// event is the one given, else the name of the payload's class; strings, primitives, collections and anonymous types have none.
/// All of them throw what <see cref="IEventPublisher.PublishAsync"/> throws.
/// </remarks>
public static class EventPublisherExtensions
{
    private const int MaxUsersPerEvent = 100;

    extension(IEventPublisher publisher)
    {
        /// <summary>Publishes to a topic. When the call returns, the event is in the log.</summary>
        /// <typeparam name="T">The type of the payload.</typeparam>
        /// <param name="topic">A topic, by the rules of <see cref="Topic"/>.</param>
        /// <param name="payload">Text, or anything that has a JSON form.</param>
        /// <param name="type">What an <c>EventSource</c> listens to.</param>
        /// <param name="key">Makes the call idempotent.</param>
        /// <param name="retry">Sets how long the clients that receive the event wait before they reconnect.</param>
        /// <param name="cancellationToken">Gives up waiting.</param>
        /// <returns>The event's id.</returns>
        public ValueTask<EventId> PublishAsync<T>(
            string topic, T payload, string? type = null, string? key = null, TimeSpan? retry = null, CancellationToken cancellationToken = default) =>
            publisher.PublishAsync([publisher.Create([topic], payload, type, retry)], key, cancellationToken);

        /// <summary>Publishes one event to several topics. A client that matches several receives it once.</summary>
        /// <typeparam name="T">The type of the payload.</typeparam>
        /// <param name="topics">At least one topic.</param>
        /// <param name="payload">Text, or anything that has a JSON form.</param>
        /// <param name="type">What an <c>EventSource</c> listens to.</param>
        /// <param name="key">Makes the call idempotent.</param>
        /// <param name="retry">Sets how long the clients that receive the event wait before they reconnect.</param>
        /// <param name="cancellationToken">Gives up waiting.</param>
        /// <returns>The event's id.</returns>
        public ValueTask<EventId> PublishAsync<T>(
            IReadOnlyList<string> topics, T payload, string? type = null, string? key = null, TimeSpan? retry = null, CancellationToken cancellationToken = default) =>
            publisher.PublishAsync([publisher.Create(topics, payload, type, retry)], key, cancellationToken);

        /// <summary>Publishes a payload as JSON, with the serialization metadata given.</summary>
        /// <typeparam name="T">The type of the payload.</typeparam>
        /// <param name="topic">A topic.</param>
        /// <param name="payload">The payload.</param>
        /// <param name="jsonTypeInfo">How to serialise it.</param>
        /// <param name="type">What an <c>EventSource</c> listens to.</param>
        /// <param name="key">Makes the call idempotent.</param>
        /// <param name="cancellationToken">Gives up waiting.</param>
        /// <returns>The event's id.</returns>
        public ValueTask<EventId> PublishAsync<T>(
            string topic, T payload, JsonTypeInfo<T> jsonTypeInfo, string? type = null, string? key = null, CancellationToken cancellationToken = default) =>
            publisher.PublishAsync([NewEvent.FromJson([topic], payload, jsonTypeInfo, type)], key, cancellationToken);

        /// <summary>Publishes to the streams of one user, on whatever devices and connections.</summary>
        /// <typeparam name="T">The type of the payload.</typeparam>
        /// <param name="userId">The user's id, as the streams that include the user know it.</param>
        /// <param name="payload">Text, or anything that has a JSON form.</param>
        /// <param name="type">What an <c>EventSource</c> listens to.</param>
        /// <param name="key">Makes the call idempotent.</param>
        /// <param name="cancellationToken">Gives up waiting.</param>
        /// <returns>The event's id.</returns>
        public ValueTask<EventId> PublishToUserAsync<T>(
            string userId, T payload, string? type = null, string? key = null, CancellationToken cancellationToken = default) =>
            publisher.PublishAsync([publisher.CreateReserved([Topic.ForUser(userId)], payload, type)], key, cancellationToken);

        /// <summary>Publishes to the streams of several users: one event, or one for each hundred of them, in one batch.</summary>
        /// <typeparam name="T">The type of the payload.</typeparam>
        /// <param name="userIds">At least one user's id.</param>
        /// <param name="payload">Text, or anything that has a JSON form.</param>
        /// <param name="type">What an <c>EventSource</c> listens to.</param>
        /// <param name="key">Makes the call idempotent.</param>
        /// <param name="cancellationToken">Gives up waiting.</param>
        /// <returns>The event's id.</returns>
        public ValueTask<EventId> PublishToUsersAsync<T>(
            IReadOnlyCollection<string> userIds, T payload, string? type = null, string? key = null, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(userIds);
            // An event has so many topics at the most; more users take more events, in one batch.
            NewEvent[] batch = [.. userIds.Distinct(StringComparer.Ordinal).Select(Topic.ForUser).Chunk(MaxUsersPerEvent)
                .Select(topics => publisher.CreateReserved(topics, payload, type))];
            return batch.Length > 0 ? publisher.PublishAsync(batch, key, cancellationToken) : throw new InvalidEventException("user", "it has no user");
        }

        /// <summary>Publishes to every stream that includes the broadcast.</summary>
        /// <typeparam name="T">The type of the payload.</typeparam>
        /// <param name="payload">Text, or anything that has a JSON form.</param>
        /// <param name="type">What an <c>EventSource</c> listens to.</param>
        /// <param name="key">Makes the call idempotent.</param>
        /// <param name="cancellationToken">Gives up waiting.</param>
        /// <returns>The event's id.</returns>
        public ValueTask<EventId> BroadcastAsync<T>(T payload, string? type = null, string? key = null, CancellationToken cancellationToken = default) =>
            publisher.PublishAsync([publisher.CreateReserved([Topic.Broadcast], payload, type)], key, cancellationToken);

        /// <summary>Hands an event to the outbox and returns at once: see <see cref="IEventPublisher.Enqueue"/>. The payload is serialised before it returns.</summary>
        /// <typeparam name="T">The type of the payload.</typeparam>
        /// <param name="topic">A topic.</param>
        /// <param name="payload">Text, or anything that has a JSON form.</param>
        /// <param name="type">What an <c>EventSource</c> listens to.</param>
        /// <param name="key">Makes the publication idempotent.</param>
        public void Enqueue<T>(string topic, T payload, string? type = null, string? key = null) =>
            publisher.Enqueue(publisher.Create([topic], payload, type, retry: null), key);

        private NewEvent Create<T>(IReadOnlyList<string> topics, T payload, string? type, TimeSpan? retry)
        {
            ArgumentNullException.ThrowIfNull(publisher);
            return NewEvent.ForReserved(NewEvent.CheckTopics(topics), type ?? PayloadType.NameOf(payload), publisher.Serialize(payload), retry);
        }

        private NewEvent CreateReserved<T>(string[] topics, T payload, string? type)
        {
            ArgumentNullException.ThrowIfNull(publisher);
            return NewEvent.ForReserved(topics, type ?? PayloadType.NameOf(payload), publisher.Serialize(payload), retry: null);
        }

        private byte[] Serialize<T>(T payload)
        {
            if (payload is string text)
                return NewEvent.Encode(text);
            // The run-time type, so that a derived class is serialised whole; through the metadata, so that no reflection is needed where there is some.
            var info = publisher.PayloadJson.GetTypeInfo(payload?.GetType() ?? typeof(T));
            return JsonSerializer.SerializeToUtf8Bytes(payload, info);
        }
    }
}
