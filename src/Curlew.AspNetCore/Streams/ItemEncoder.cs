using System.Buffers;
using System.Collections;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Curlew;

/// <summary>
/// Decides what an item is: text and bytes as they are, an event object, a dictionary that names the fields of an event, or a value that is sent as JSON.
/// </summary>
/// <param name="jsonTypeInfo">How to serialise, whatever the item is; or <see langword="null"/> to look.</param>
/// <param name="json">The serializer's options where no metadata was given.</param>
internal sealed class ItemEncoder<T>(JsonTypeInfo<T>? jsonTypeInfo, JsonSerializerOptions json) : EventEncoder<T>
{
    private JsonTypeInfo<T>? _declared;

    public override void Write(IBufferWriter<byte> output, T item)
    {
        if (jsonTypeInfo is not null)
        {
            EventBlock.WriteJson(output, item, jsonTypeInfo);
            return;
        }

        switch (item)
        {
            case string text:
                EventBlock.WriteText(output, text);
                break;
            case null when typeof(T) == typeof(string):
                EventBlock.WriteText(output, "");
                break;
            case byte[] or ReadOnlyMemory<byte>:
                EventBlock.WriteValue(output, item, json);
                break;
            case IServerSentEvent e:
                EventBlock.WriteValue(output, e.Data ?? "", json, e.Type, e.Id, e.Retry);
                break;
            case SseItem<string> e:
                EventBlock.WriteText(output, e.Data ?? "", e.EventType, e.EventId, e.ReconnectionInterval);
                break;
            case SseItem<object> e:
                EventBlock.WriteValue(output, e.Data ?? "", json, e.EventType, e.EventId, e.ReconnectionInterval);
                break;
            case JsonObject or IReadOnlyDictionary<string, object?> or IDictionary<string, object?> or IDictionary when EventFields.TryRead(item, out var fields):
                fields.Write(output, json);
                break;
            default:
                WriteJson(output, item, type: null, id: null, retry: null);
                break;
        }
    }

    /// <summary>Writes an item as the data of an event that has fields of its own.</summary>
    public void WriteData(IBufferWriter<byte> output, T data, string? type, string? id, TimeSpan? retry)
    {
        if (jsonTypeInfo is not null)
            EventBlock.WriteJson(output, data, jsonTypeInfo, type, id, retry);
        else if (data is string or byte[] or ReadOnlyMemory<byte>)
            EventBlock.WriteValue(output, data, json, type, id, retry);
        else if (data is null && typeof(T) == typeof(string))
            EventBlock.WriteText(output, "", type, id, retry);
        else
            WriteJson(output, data, type, id, retry);
    }

    private void WriteJson(IBufferWriter<byte> output, T value, string? type, string? id, TimeSpan? retry)
    {
        var runtimeType = value?.GetType();
        if (runtimeType is { IsGenericType: true } && runtimeType.GetGenericTypeDefinition() == typeof(SseItem<>))
            throw new InvalidOperationException($"Items of different types can be SseItem<string> or SseItem<object>; this one is {runtimeType}.");

        // As the rest of ASP.NET Core does: by the declared type where that says it all, else by what the value is.
        if (_declared is null && json.TryGetTypeInfo(typeof(T), out var declared))
            _declared = (JsonTypeInfo<T>)declared;
        if (value is null)
            EventBlock.WriteUtf8(output, "null"u8, type, id, retry);
        else if (_declared is not null && (typeof(T).IsValueType || runtimeType == typeof(T) || _declared.PolymorphismOptions is not null))
            EventBlock.WriteJson(output, value, _declared, type, id, retry);
        else
            EventBlock.WriteJson(output, value, json.GetTypeInfo(runtimeType!), type, id, retry);
    }
}
