using System.Runtime.CompilerServices;

namespace Curlew;

/// <summary>The event type that a payload has by itself: the name of its class, where that is a name somebody gave.</summary>
internal static class PayloadType
{
    /// <summary>The name of the payload's run-time type; none for text, primitives, collections, generic and anonymous types.</summary>
    public static string? NameOf<T>(T payload)
    {
        var type = payload?.GetType() ?? typeof(T);
        if (type.IsPrimitive || type.IsEnum || type.IsArray || type.IsGenericType || type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false))
            return null;
        // Named types of the framework (string, decimal, Guid, DateTime, JsonElement, JsonObject …) are values, not events.
        return type.Namespace is { } ns && (ns == nameof(System) || ns.StartsWith("System.", StringComparison.Ordinal)) ? null : type.Name;
    }
}
