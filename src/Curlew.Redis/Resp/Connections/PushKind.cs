namespace Curlew.Redis.Resp;

/// <summary>The kinds of message by which pub/sub speaks.</summary>
internal static class PushKind
{
    public const string Message = "message";
    public const string ShardMessage = "smessage";
    public const string Subscribe = "subscribe";
    public const string Unsubscribe = "unsubscribe";
    public const string ShardSubscribe = "ssubscribe";
    public const string ShardUnsubscribe = "sunsubscribe";

    /// <summary>The kind that a message's first word names; null where it is none of these.</summary>
    public static string? Find(ReadOnlySpan<byte> word)
    {
        if (word.SequenceEqual("message"u8))
            return Message;
        if (word.SequenceEqual("smessage"u8))
            return ShardMessage;
        if (word.SequenceEqual("subscribe"u8))
            return Subscribe;
        if (word.SequenceEqual("unsubscribe"u8))
            return Unsubscribe;
        if (word.SequenceEqual("ssubscribe"u8))
            return ShardSubscribe;
        return word.SequenceEqual("sunsubscribe"u8) ? ShardUnsubscribe : null;
    }
}
