namespace Curlew.Hub.Serve;

/// <summary>What the server logs.</summary>
internal static partial class Messages
{
    [LoggerMessage(201, LogLevel.Information, "The hub listens on {Address}: its live page is at {Address}/, subscribe at {Address}/events?topic=demo.")]
    public static partial void Listening(ILogger logger, string address);

    [LoggerMessage(202, LogLevel.Information, "{Path} shows the Redis stream '{Key}'; the type of its events: {Type}.")]
    public static partial void ShowsStream(ILogger logger, string path, string key, string type);
}
