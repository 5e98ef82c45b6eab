using System.Buffers;
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Curlew;

/// <summary>An event given as a dictionary that has any of the keys <c>data</c>, <c>event</c>, <c>id</c> and <c>retry</c>.</summary>
internal readonly struct EventFields
{
    private readonly bool _isDispatched;
    private readonly object? _data;
    private readonly string? _type;
    private readonly string? _id;
    private readonly TimeSpan? _retry;

    private EventFields(object map)
    {
        var hasType = TryGet(map, "event", out var type);
        // A type alone is meant to be heard of. An id or a reconnection time alone is not an event.
        _isDispatched = TryGet(map, "data", out _data) || hasType;
        _type = TextOf(type, "event");
        _id = TryGet(map, "id", out var id) ? TextOf(id, "id") : null;
        _retry = TryGet(map, "retry", out var retry) ? DelayOf(retry) : null;
    }

    /// <summary>Reads the fields, where the dictionary has any of them.</summary>
    /// <exception cref="ArgumentException">A field is of a type that cannot be sent.</exception>
    public static bool TryRead(object map, out EventFields fields)
    {
        var isEvent = TryGet(map, "data", out _) || TryGet(map, "event", out _) || TryGet(map, "id", out _) || TryGet(map, "retry", out _);
        fields = isEvent ? new(map) : default;
        return isEvent;
    }

    public void Write(IBufferWriter<byte> output, JsonSerializerOptions json)
    {
        if (_isDispatched)
            EventBlock.WriteValue(output, _data is JsonValue value && value.TryGetValue(out string? text) ? text : _data ?? "", json, _type, _id, _retry);
        else
            EventBlock.WriteSilent(output, _id, _retry);
    }

    private static bool TryGet(object map, string key, out object? value)
    {
        switch (map)
        {
            case JsonObject json:
                var isThere = json.TryGetPropertyValue(key, out var node);
                value = node;
                return isThere;
            case IReadOnlyDictionary<string, object?> dictionary:
                return dictionary.TryGetValue(key, out value);
            case IDictionary<string, object?> dictionary:
                return dictionary.TryGetValue(key, out value);
            default:
                return TryGet((IDictionary)map, key, out value);
        }
    }

    private static bool TryGet(IDictionary map, string key, out object? value)
    {
        value = null;
        try
        {
            if (!map.Contains(key))
                return false;
            value = map[key];
            return true;
        }
        catch (InvalidCastException)
        {
            // Its keys are no texts, and it does not look before it casts, as ImmutableDictionary<int, string>.
            return false;
        }
    }

    private static string? TextOf(object? value, string field) => value switch
    {
        null => null,
        string text => text,
        JsonValue json when json.GetValueKind() == JsonValueKind.String => json.GetValue<string>(),
        JsonValue json when json.GetValueKind() == JsonValueKind.Number => json.ToJsonString(),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw Wrong(field, value, "text or a number"),
    };

    private static TimeSpan? DelayOf(object? value) => value switch
    {
        null => null,
        TimeSpan delay => delay,
        JsonValue json when json.GetValueKind() == JsonValueKind.Number => TimeSpan.FromMilliseconds(double.Parse(json.ToJsonString(), CultureInfo.InvariantCulture)),
        sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal => TimeSpan.FromMilliseconds(((IConvertible)value).ToDouble(CultureInfo.InvariantCulture)),
        _ => throw Wrong("retry", value, "a number of milliseconds or a TimeSpan"),
    };

    [SuppressMessage("Usage", "CA2208", Justification = "What is at fault is a key of the dictionary.")]
    private static ArgumentException Wrong(string field, object value, string expected) => new($"The field '{field}' of an event must be {expected}; it is a {value.GetType()}.", field);
}
