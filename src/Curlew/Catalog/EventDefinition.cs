using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Curlew;

/// <summary>An event of the catalog: its name and category, and whom it is for. Immutable.</summary>
public abstract class EventDefinition
{
    private protected EventDefinition(string type, string? category, string? description, Type clrType, Type payloadType)
    {
        (Type, Category, Description, ClrType, PayloadType) = (type, category, description, clrType, payloadType);
    }

    /// <summary>Its name: the type that clients see, and what an <c>EventSource</c> listens to.</summary>
    public string Type { get; }

    /// <summary>Its category, by which clients may filter.</summary>
    public string? Category { get; }

    /// <summary>What it tells, in a sentence, for the description of the catalog.</summary>
    public string? Description { get; }

    /// <summary>The class whose instances are this event. A derived class is not.</summary>
    public Type ClrType { get; }

    /// <summary>What is sent as its data: <see cref="ClrType"/>, or what the projection makes of it.</summary>
    public Type PayloadType { get; }

    /// <summary>Whether it says whom it is for, so that it can be published without a topic being named.</summary>
    public abstract bool HasAudience { get; }

    /// <summary>The data, as UTF-8.</summary>
    internal abstract byte[] Encode(object e, JsonSerializerOptions json);

    /// <summary>When it happened, where the definition can tell.</summary>
    internal abstract DateTimeOffset? TimeOf(object e);

    /// <summary>The topics that its selectors choose: of one event, or, beyond so many users, of several.</summary>
    /// <exception cref="InvalidEventException">They choose nobody, or what no topic or user can be.</exception>
    internal abstract IReadOnlyList<string[]> TopicsOf(object e);

    /// <summary>The metadata by which its data becomes JSON; none for text, and for what cannot be serialised.</summary>
    internal abstract JsonTypeInfo? FindTypeInfo(JsonSerializerOptions json);
}
