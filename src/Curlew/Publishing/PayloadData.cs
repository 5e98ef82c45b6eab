using System.Text.Json;

namespace Curlew;

/// <summary>The data that a payload becomes.</summary>
internal static class PayloadData
{
    /// <summary>Text as it is, anything else as JSON.</summary>
    public static byte[] Encode<T>(T payload, JsonSerializerOptions json)
    {
        if (payload is string text)
            return NewEvent.Encode(text);
        // The run-time type, so that a derived class is serialised whole; through the metadata, so that no reflection is needed where there is some.
        return JsonSerializer.SerializeToUtf8Bytes(payload, json.GetTypeInfo(payload?.GetType() ?? typeof(T)));
    }
}
