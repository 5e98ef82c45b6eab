using Curlew.Redis.Resp;

namespace Curlew.Redis;

/// <summary>The keys that belong to a stream, in the slot in which it lies.</summary>
internal static class StreamKeys
{
    /// <summary>The stream's key with a word behind it, in the stream's slot; null where there is no such key.</summary>
    public static string? TryDerive(string stream, string word)
    {
        string[] keys = [$"{stream}:{word}", $"{{{stream}}}:{word}"];
        return Array.Find(keys, key => ShareSlot(stream, key));
    }

    public static bool ShareSlot(string key, string other) => HashSlot.Of(key) == HashSlot.Of(other);
}
