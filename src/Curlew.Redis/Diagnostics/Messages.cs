using Microsoft.Extensions.Logging;
using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis;

/// <summary>What the logs on Redis log. The client's own numbers begin at 1.</summary>
internal static partial class Messages
{
    [LoggerMessage(101, LogLevel.Warning, "Hub '{Hub}' skips entries of its stream that cannot be an event, {Count} so far; the last one is {Entry}: {Fault}.")]
    public static partial void EntriesSkipped(ILogger logger, string hub, long count, EventId entry, string fault);
}
