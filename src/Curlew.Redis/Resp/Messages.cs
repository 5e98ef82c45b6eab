using Microsoft.Extensions.Logging;

namespace Curlew.Redis.Resp;

/// <summary>What the client logs. Nothing here holds a secret or data.</summary>
internal static partial class Messages
{
    [LoggerMessage(1, LogLevel.Debug, "Connected to Redis at {Endpoint}, speaking RESP{Protocol}.")]
    public static partial void Connected(ILogger logger, RedisEndpoint endpoint, int protocol);

    [LoggerMessage(2, LogLevel.Debug, "Redis at {Endpoint} refuses RESP3 ({Code}); falling back to RESP2.")]
    public static partial void FallsBack(ILogger logger, RedisEndpoint endpoint, string code);

    [LoggerMessage(3, LogLevel.Warning, "{Reason} It will be made again (for {Purpose}).")]
    public static partial void ConnectionLost(ILogger logger, string reason, ConnectionPurpose purpose);

    [LoggerMessage(4, LogLevel.Warning, "Redis cannot be reached (for {Purpose}): {Reason} Trying on, with at most {MaxDelay} between attempts.")]
    public static partial void Unreachable(ILogger logger, ConnectionPurpose purpose, string reason, TimeSpan maxDelay);

    [LoggerMessage(5, LogLevel.Debug, "Redis still cannot be reached (for {Purpose}): {Reason}")]
    public static partial void StillUnreachable(ILogger logger, ConnectionPurpose purpose, string reason);

    [LoggerMessage(6, LogLevel.Information, "Connected to Redis at {Endpoint} again (for {Purpose}).")]
    public static partial void ConnectionRestored(ILogger logger, RedisEndpoint endpoint, ConnectionPurpose purpose);

    [LoggerMessage(7, LogLevel.Debug, "The cluster has {Servers} primaries.")]
    public static partial void MapRefreshed(ILogger logger, int servers);

    [LoggerMessage(8, LogLevel.Debug, "The cluster's slots could not be asked for.")]
    public static partial void MapNotRefreshed(ILogger logger, Exception exception);

    [LoggerMessage(9, LogLevel.Information, "The primary of '{Service}' is now {Endpoint}.")]
    public static partial void PrimarySwitched(ILogger logger, string service, RedisEndpoint endpoint);

    [LoggerMessage(10, LogLevel.Error, "A listener of channel '{Channel}' failed.")]
    public static partial void ListenerFailed(ILogger logger, string channel, Exception exception);

    [LoggerMessage(11, LogLevel.Debug, "Sentinel {Endpoint} could not be asked for the primary.")]
    public static partial void SentinelFailed(ILogger logger, RedisEndpoint endpoint, Exception exception);

    [LoggerMessage(12, LogLevel.Debug, "{Reason} It will be made again (for {Purpose}).")]
    public static partial void ConnectionDropped(ILogger logger, string reason, ConnectionPurpose purpose);
}
