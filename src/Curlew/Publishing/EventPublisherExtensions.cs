using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Curlew.Protocol;

namespace Curlew;

/// <summary>The everyday calls of a publisher.</summary>
/// <remarks>
/// <para>A payload that is a <see cref="string"/> is sent as it is; any other is sent as JSON, by <see cref="IEventPublisher.PayloadJson"/>. The type of the
/// event is the one given, else the catalog's, else the name of the payload's class; strings, primitives, collections and anonymous types have none.</para>
/// <para>What the <see cref="EventCatalog"/> says of the payload's class holds in every call, also where topics, users or the broadcast are named: the data
/// is the catalog's projection, and the event's own time, where none is given, is the catalog's. Only its selectors are not asked then.</para>
/// <para>All of them throw what <see cref="IEventPublisher.PublishAsync"/> throws.</para>
/// </remarks>
public static class EventPublisherExtensions
{
    extension(IEventPublisher publisher)
    {
        /// <summary>
        /// Publishes an event of the <see cref="EventCatalog"/> to whom the catalog says: one event, whatever the number of topics; or, for more than a hundred
        /// users, one for each hundred of them, in one batch.
        /// </summary>
        /// <typeparam name="T">The class of the event; its run-time type counts.</typeparam>
        /// <param name="e">The event.</param>
        /// <param name="key">Makes the call idempotent.</param>
        /// <param name="cancellationToken">Gives up waiting.</param>
        /// <returns>The event's id.</returns>
        /// <exception cref="InvalidEventException">The catalog has no such event, or the event's definition chooses nobody.</exception>
        // Below the calls that name a topic: of two strings, the first one is the topic and not an event with a key.
        [OverloadResolutionPriority(-1)]
        public ValueTask<EventId> PublishAsync<T>(T e, string? key = null, CancellationToken cancellationToken = default)
            where T : notnull => publisher.PublishAsync(publisher.CreateListed(e), key, cancellationToken);

        /// <summary>Hands an event of the <see cref="EventCatalog"/> to the outbox and returns at once: see <see cref="IEventPublisher.Enqueue"/>. It is serialised before it returns.</summary>
        /// <typeparam name="T">The class of the event; its run-time type counts.</typeparam>
        /// <param name="e">The event.</param>
        /// <param name="key">Makes the publication idempotent.</param>
        /// <exception cref="InvalidEventException">The catalog has no such event, or the event's definition chooses nobody.</exception>
        [OverloadResolutionPriority(-1)]
        public void Enqueue<T>(T e, string? key = null)
            where T : notnull
        {
            var batch = publisher.CreateListed(e);
            // The outbox takes one event at a time, and a key is for one. From the last, whose key is the longest: if that is refused, nothing has been taken.
            for (var i = batch.Length - 1; i >= 0; i--)
                publisher.Enqueue(batch[i], key is null || i == 0 ? key : string.Create(CultureInfo.InvariantCulture, $"{key}#{i + 1}"));
        }

        /// <summary>Publishes to a topic. When the call returns, the event is in the log.</summary>
        /// <typeparam name="T">The type of the payload.</typeparam>
        /// <param name="topic">A topic, by the rules of <see cref="Topic"/>.</param>
        /// <param name="payload">Text, or anything that has a JSON form.</param>
        /// <param name="type">What an <c>EventSource</c> listens to.</param>
        /// <param name="key">Makes the call idempotent.</param>
        /// <param name="retry">Sets how long the clients that receive the event wait before they reconnect.</param>
        /// <param name="occurredAt">When it happened; see <see cref="NewEvent.OccurredAt"/>.</param>
        /// <param name="cancellationToken">Gives up waiting.</param>
        /// <returns>The event's id.</returns>
        public ValueTask<EventId> PublishAsync<T>(
            string topic,
            T payload,
            string? type = null,
            string? key = null,
            TimeSpan? retry = null,
            DateTimeOffset? occurredAt = null,
            CancellationToken cancellationToken = default) =>
            publisher.PublishAsync([publisher.Create(NewEvent.CheckTopics([topic]), payload, type, retry, occurredAt)], key, cancellationToken);

        /// <summary>Publishes one event to several topics. A client that matches several receives it once.</summary>
        /// <typeparam name="T">The type of the payload.</typeparam>
        /// <param name="topics">At least one topic.</param>
        /// <param name="payload">Text, or anything that has a JSON form.</param>
        /// <param name="type">What an <c>EventSource</c> listens to.</param>
        /// <param name="key">Makes the call idempotent.</param>
        /// <param name="retry">Sets how long the clients that receive the event wait before they reconnect.</param>
        /// <param name="occurredAt">When it happened; see <see cref="NewEvent.OccurredAt"/>.</param>
        /// <param name="cancellationToken">Gives up waiting.</param>
        /// <returns>The event's id.</returns>
        public ValueTask<EventId> PublishAsync<T>(
            IReadOnlyList<string> topics,
            T payload,
            string? type = null,
            string? key = null,
            TimeSpan? retry = null,
            DateTimeOffset? occurredAt = null,
            CancellationToken cancellationToken = default) =>
            publisher.PublishAsync([publisher.Create(NewEvent.CheckTopics(topics), payload, type, retry, occurredAt)], key, cancellationToken);

        /// <summary>Publishes a payload as JSON, with the serialization metadata given, and without the catalog's projection.</summary>
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
            publisher.PublishAsync([publisher.CreateFromJson(topic, payload, jsonTypeInfo, type)], key, cancellationToken);

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
            publisher.PublishAsync([publisher.Create([Topic.ForUser(userId)], payload, type)], key, cancellationToken);

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
            NewEvent[] batch = [.. Topic.ForUsers(userIds).Select(topics => publisher.Create(topics, payload, type))];
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
            publisher.PublishAsync([publisher.Create([Topic.Broadcast], payload, type)], key, cancellationToken);

        /// <summary>Hands an event to the outbox and returns at once: see <see cref="IEventPublisher.Enqueue"/>. The payload is serialised before it returns.</summary>
        /// <typeparam name="T">The type of the payload.</typeparam>
        /// <param name="topic">A topic.</param>
        /// <param name="payload">Text, or anything that has a JSON form.</param>
        /// <param name="type">What an <c>EventSource</c> listens to.</param>
        /// <param name="key">Makes the publication idempotent.</param>
        public void Enqueue<T>(string topic, T payload, string? type = null, string? key = null) =>
            publisher.Enqueue(publisher.Create(NewEvent.CheckTopics([topic]), payload, type), key);

        private NewEvent Create<T>(string[] checkedTopics, T payload, string? type, TimeSpan? retry = null, DateTimeOffset? occurredAt = null)
        {
            ArgumentNullException.ThrowIfNull(publisher);
            var definition = publisher.Catalog.FindFor(payload);
            return definition is null
                ? NewEvent.ForReserved(checkedTopics, type ?? PayloadType.NameOf(payload), PayloadData.Encode(payload, publisher.PayloadJson), retry, occurredAt)
                : NewEvent.ForReserved(checkedTopics, type ?? definition.Type, definition.Encode(payload!, publisher.PayloadJson), retry, occurredAt ?? definition.TimeOf(payload!));
        }

        private NewEvent CreateFromJson<T>(string topic, T payload, JsonTypeInfo<T> jsonTypeInfo, string? type)
        {
            ArgumentNullException.ThrowIfNull(publisher);
            var definition = publisher.Catalog.FindFor(payload);
            return NewEvent.FromJson([topic], payload, jsonTypeInfo, type ?? definition?.Type, occurredAt: definition?.TimeOf(payload!));
        }

        private NewEvent[] CreateListed<T>(T e)
            where T : notnull
        {
            ArgumentNullException.ThrowIfNull(publisher);
            ArgumentNullException.ThrowIfNull(e);
            var name = e.GetType().Name;
            var definition = publisher.Catalog.FindFor(e)
                ?? throw new InvalidEventException("type", $"{name} is not in the event catalog: add it with Events.Add<{name}>(…), or name a topic, as in PublishAsync(topic, payload)");
            var data = definition.Encode(e, publisher.PayloadJson);
            var occurredAt = definition.TimeOf(e);
            return [.. definition.TopicsOf(e).Select(topics => NewEvent.ForReserved(topics, definition.Type, data, retry: null, occurredAt))];
        }
    }
}
