namespace Curlew.Hub.Serve;

/// <summary>What the server logs.</summary>
internal static partial class Messages
{
    [LoggerMessage(201, LogLevel.Information, "The hub listens on {Address}: its live page is at {Address}/, subscribe at {Address}/events?topic=demo.")]
    public static partial void Listening(ILogger logger, string address);
}
