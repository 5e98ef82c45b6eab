using System.Collections.Frozen;
using System.Text.Json;

namespace Curlew;

/// <summary>
/// The events of an application: what they are called, which category they are of, whom they are for. A singleton among the application's services.
/// Immutable.
/// </summary>
public sealed class EventCatalog
{
    private readonly JsonSerializerOptions _json;
    private readonly FrozenDictionary<string, EventDefinition> _byType;
    private readonly FrozenDictionary<Type, EventDefinition> _byClrType;

    internal EventCatalog(EventDefinition[] events, JsonSerializerOptions? json)
    {
        Events = events;
        _json = json ?? PayloadJsonOptions.Default;
        // Of two of a name or a class the first counts; that there are two is a fault, which FindFaults tells.
        _byType = events.DistinctBy(static e => e.Type, StringComparer.Ordinal).ToFrozenDictionary(static e => e.Type, StringComparer.Ordinal);
        _byClrType = events.DistinctBy(static e => e.ClrType).ToFrozenDictionary(static e => e.ClrType);
        Categories = new SortedDictionary<string, IReadOnlyList<EventDefinition>>(
            events.Where(static e => e.Category is not null)
                .GroupBy(static e => e.Category!, StringComparer.Ordinal)
                .ToDictionary(static group => group.Key, static group => (IReadOnlyList<EventDefinition>)[.. group], StringComparer.Ordinal),
            StringComparer.Ordinal).AsReadOnly();
    }

    /// <summary>The events, in the order in which they were added.</summary>
    public IReadOnlyList<EventDefinition> Events { get; }

    /// <summary>The categories, in the order of their names, each with its events. An event without a category is in none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<EventDefinition>> Categories { get; }

    /// <summary>Finds an event by its name.</summary>
    /// <param name="type">The name that clients see.</param>
    /// <returns>The event, or <see langword="null"/>.</returns>
    public EventDefinition? Find(string type) => _byType.GetValueOrDefault(type);

    /// <summary>Finds an event by its class.</summary>
    /// <param name="clrType">The class itself: a base class or an interface finds nothing.</param>
    /// <returns>The event, or <see langword="null"/>.</returns>
    public EventDefinition? Find(Type clrType) => _byClrType.GetValueOrDefault(clrType);

    /// <summary>Finds an event by its class.</summary>
    /// <typeparam name="T">The class itself: a base class or an interface finds nothing.</typeparam>
    /// <returns>The event, or <see langword="null"/>.</returns>
    public EventDefinition? Find<T>() => Find(typeof(T));

    /// <summary>
    /// Says everything that is wrong with the catalog: names and categories that break a rule, names and classes that are there twice, classes that no
    /// instance can have, payloads without serialization metadata; and, unless that is allowed, events without a category, and events that do not say whom
    /// they are for.
    /// </summary>
    /// <remarks>An application with any of the former does not start. The latter are for a test to find.</remarks>
    /// <param name="requireCategory">Whether every event must have a category.</param>
    /// <param name="requireAudience">Whether every event must have topics, users or the broadcast.</param>
    /// <returns>A sentence for each fault; none where all is well.</returns>
    public IReadOnlyList<string> FindFaults(bool requireCategory = true, bool requireAudience = true)
    {
        List<string> faults = [];
        var types = new HashSet<string>(StringComparer.Ordinal);
        var clrTypes = new HashSet<Type>();
        foreach (var e in Events)
        {
            if (EventNames.FindTypeFault(e.Type) is { } typeFault)
                Tell(e, typeFault);
            if (!types.Add(e.Type))
                Tell(e, $"the name is there already, for {Find(e.Type)!.ClrType.Name}");
            if (!clrTypes.Add(e.ClrType))
                Tell(e, $"the class is there already, as '{Find(e.ClrType)!.Type}'");
            if (e.ClrType.IsAbstract)
                Tell(e, "the class is abstract, and an event is found by its run-time type: add the classes that derive from it");
            if (e.Category is not null && EventNames.FindCategoryFault(e.Category) is { } categoryFault)
                Tell(e, categoryFault);
            if (FindMetadataFault(e) is { } metadataFault)
                Tell(e, metadataFault);
            if (requireCategory && e.Category is null)
                Tell(e, "it has no category");
            if (requireAudience && !e.HasAudience)
                Tell(e, "it does not say whom it is for: it has neither topics nor users nor the broadcast");
        }

        return faults;

        void Tell(EventDefinition e, string fault) => faults.Add($"Event '{e.Type}' ({e.ClrType.Name}): {fault}.");
    }

    /// <summary>Throws where <see cref="FindFaults"/> finds something: for a test of the application.</summary>
    /// <param name="requireCategory">Whether every event must have a category.</param>
    /// <param name="requireAudience">Whether every event must have topics, users or the broadcast.</param>
    /// <exception cref="InvalidOperationException">There are faults; the message lists every one.</exception>
    public void ThrowIfFaulty(bool requireCategory = true, bool requireAudience = true)
    {
        var faults = FindFaults(requireCategory, requireAudience);
        if (faults.Count > 0)
            throw new InvalidOperationException($"The event catalog has faults:{string.Concat(faults.Select(static fault => $"{Environment.NewLine}  {fault}"))}");
    }

    /// <summary>Finds the event that a payload is.</summary>
    internal EventDefinition? FindFor(object? payload) => payload is null || Events.Count == 0 ? null : Find(payload.GetType());

    private string? FindMetadataFault(EventDefinition e)
    {
        if (e.PayloadType == typeof(string))
            return null;
        try
        {
            return e.FindTypeInfo(_json) is null ? $"there is no serialization metadata for {e.PayloadType.Name}: give a JsonTypeInfo, or add its context to the JSON options" : null;
        }
        catch (Exception failure) when (failure is InvalidOperationException or NotSupportedException or JsonException)
        {
            return $"{e.PayloadType.Name} cannot be serialised: {failure.Message.TrimEnd('.')}";
        }
    }
}
