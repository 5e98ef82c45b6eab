using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SecurityDashboard.Sharing;

/// <summary>Reads what an event of a log holds.</summary>
internal static class EventJson
{
    /// <summary>The event's data; null where it is none of the type: others can write to the log too.</summary>
    public static T? Read<T>(Frame frame, JsonTypeInfo<T> type)
        where T : class
    {
        using var block = new MemoryStream(frame.Bytes.ToArray());
        foreach (var item in SseParser.Create(block).Enumerate())
            return Read(item.Data, type);
        return null;
    }

    /// <inheritdoc cref="Read{T}(Frame, JsonTypeInfo{T})"/>
    public static T? Read<T>(string? data, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return data is null ? null : JsonSerializer.Deserialize(data, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
