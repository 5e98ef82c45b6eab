using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Curlew.Redis;

/// <summary>
/// A batch as a message: a JSON array of <c>{"topics":[…],"type":…,"data":"…","retry":…,"time":"…"}</c>, as any language can write it. Only <c>data</c>
/// must be there.
/// </summary>
internal static class PubSubMessage
{
    public static byte[] Encode(IReadOnlyList<NewEvent> batch)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output))
        {
            writer.WriteStartArray();
            foreach (var e in batch)
            {
                writer.WriteStartObject();
                writer.WriteStartArray("topics");
                foreach (var topic in e.Topics)
                    writer.WriteStringValue(topic);
                writer.WriteEndArray();
                if (e.Type is not null)
                    writer.WriteString("type", e.Type);
                writer.WriteString("data", e.Data.Span);
                if (e.Retry is { } retry)
                    writer.WriteNumber("retry", (long)retry.TotalMilliseconds);
                if (e.OccurredAt is { } time)
                    writer.WriteString("time", time.UtcDateTime);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads a message, which may be anything.</summary>
    /// <exception cref="InvalidEventException">It is no batch of events.</exception>
    public static NewEvent[] Decode(ReadOnlySpan<byte> message)
    {
        try
        {
            using var json = JsonDocument.Parse(message.ToArray());
            return [.. json.RootElement.EnumerateArray().Select(Decode)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new InvalidEventException("message", "it is no JSON array of events");
        }
    }

    private static NewEvent Decode(JsonElement e)
    {
        string[] topics = e.TryGetProperty("topics", out var list) ? [.. list.EnumerateArray().Select(static topic => topic.GetString()!).Distinct(StringComparer.Ordinal)] : [];
        foreach (var topic in topics)
        {
            if (Topic.FindFault(topic, pattern: false) is { } fault)
                throw new InvalidEventException("topics", fault);
        }

        return NewEvent.ForReserved(
            topics,
            e.TryGetProperty("type", out var type) ? type.GetString() : null,
            Encoding.UTF8.GetBytes(e.GetProperty("data").GetString() ?? ""),
            e.TryGetProperty("retry", out var retry) ? TimeSpan.FromMilliseconds(retry.GetInt32()) : null,
            e.TryGetProperty("time", out var time) ? time.GetDateTimeOffset() : null);
    }
}
