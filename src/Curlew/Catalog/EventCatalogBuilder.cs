using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Curlew;

/// <summary>Names the events of an application, once, for routing, filtering, documentation and JSON without reflection.</summary>
/// <remarks>
/// <para>A name obeys the rules of an event's type: 1 to <see cref="NewEvent.MaxTypeLength"/> characters without CR, LF or NUL, and not <c>gap</c>. A
/// category has 1 to 64 of the characters a to z, A to Z, 0 to 9, <c>.</c>, <c>-</c> and <c>_</c>. Both are compared as they are. A name and a class
/// can be added once.</para>
/// <para>What is wrong is told when the application starts, all of it in one message; nothing can be added afterwards. Not thread-safe.</para>
/// </remarks>
public sealed class EventCatalogBuilder
{
    private readonly List<EventDefinition> _events = [];
    private volatile EventCatalog? _catalog;

    /// <summary>How the publishers make JSON; the default of <see cref="PayloadJsonOptions"/> unless the application's services set it.</summary>
    internal JsonSerializerOptions? PayloadJson { get; set; }

    /// <summary>Adds an event whose data is the event itself.</summary>
    /// <typeparam name="T">The class of the event. An event is found by its run-time type, so that a derived class is an event of its own.</typeparam>
    /// <param name="type">The name that clients see.</param>
    /// <param name="category">What clients may filter by, beside the name.</param>
    /// <param name="topics">Gives the topics that an event is published to.</param>
    /// <param name="user">Gives the user whose streams it is published to; <see langword="null"/> means none.</param>
    /// <param name="users">Gives several such users.</param>
    /// <param name="broadcast">Whether it is published to every stream that includes the broadcast.</param>
    /// <param name="occurredAt">Gives the event's own time. Default: the time of its id.</param>
    /// <param name="description">What it tells, in a sentence.</param>
    /// <param name="jsonTypeInfo">How to serialise it. Default: as payloads are, by <see cref="PayloadJsonOptions"/>.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">The catalog has been built.</exception>
    public EventCatalogBuilder Add<T>(
        string type,
        string? category = null,
        Func<T, IEnumerable<string>>? topics = null,
        Func<T, string?>? user = null,
        Func<T, IEnumerable<string>>? users = null,
        bool broadcast = false,
        Func<T, DateTimeOffset>? occurredAt = null,
        string? description = null,
        JsonTypeInfo<T>? jsonTypeInfo = null)
        where T : notnull =>
        Add(type, static e => e, category, topics, user, users, broadcast, occurredAt, description, jsonTypeInfo);

    /// <summary>Adds an event whose data is made of it: for what clients need not know, or in a form that stays the same.</summary>
    /// <typeparam name="T">The class of the event. An event is found by its run-time type, so that a derived class is an event of its own.</typeparam>
    /// <typeparam name="TPayload">What is sent: a <see cref="string"/> as it is, anything else as JSON.</typeparam>
    /// <param name="type">The name that clients see.</param>
    /// <param name="payload">Makes the data. It must not change what it is given.</param>
    /// <param name="category">What clients may filter by, beside the name.</param>
    /// <param name="topics">Gives the topics that an event is published to.</param>
    /// <param name="user">Gives the user whose streams it is published to; <see langword="null"/> means none.</param>
    /// <param name="users">Gives several such users.</param>
    /// <param name="broadcast">Whether it is published to every stream that includes the broadcast.</param>
    /// <param name="occurredAt">Gives the event's own time. Default: the time of its id.</param>
    /// <param name="description">What it tells, in a sentence.</param>
    /// <param name="jsonTypeInfo">How to serialise the data. Default: as payloads are, by <see cref="PayloadJsonOptions"/>.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">The catalog has been built.</exception>
    public EventCatalogBuilder Add<T, TPayload>(
        string type,
        Func<T, TPayload> payload,
        string? category = null,
        Func<T, IEnumerable<string>>? topics = null,
        Func<T, string?>? user = null,
        Func<T, IEnumerable<string>>? users = null,
        bool broadcast = false,
        Func<T, DateTimeOffset>? occurredAt = null,
        string? description = null,
        JsonTypeInfo<TPayload>? jsonTypeInfo = null)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(payload);
        return Add(new TypedEventDefinition<T, TPayload>(type, category, description, payload, jsonTypeInfo, new(topics, user, users, broadcast, occurredAt)));
    }

    /// <summary>
    /// Builds the catalog; every call gives the same one. An application need not call it: its services have the catalog as <see cref="EventCatalog"/>. It is
    /// for tests, and does not look for faults: see <see cref="EventCatalog.ThrowIfFaulty"/>.
    /// </summary>
    /// <returns>The catalog.</returns>
    public EventCatalog Build() =>
        // Two threads may build; one catalog is kept, so that all have the same.
        _catalog ?? Interlocked.CompareExchange(ref _catalog, new([.. _events], PayloadJson), null) ?? _catalog;

    /// <summary>Adds what another builder has, and closes that one.</summary>
    internal void AddAll(EventCatalogBuilder other)
    {
        foreach (var definition in other.Build().Events)
            Add(definition);
    }

    private EventCatalogBuilder Add(EventDefinition definition)
    {
        if (_catalog is not null)
            throw new InvalidOperationException($"The event catalog has been built; '{definition.Type}' comes too late. Add events where the application's services are configured.");
        _events.Add(definition);
        return this;
    }
}
