using Microsoft.Extensions.Logging;
using EventId = Curlew.Protocol.EventId;

namespace Curlew;

/// <summary>What the engine logs.</summary>
internal static partial class Messages
{
    [LoggerMessage(1, LogLevel.Error, "The tail of hub '{Hub}' failed; it goes on in {Delay}.")]
    public static partial void TailFailed(ILogger logger, string hub, TimeSpan delay, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "The log of hub '{Hub}' was trimmed through {Position} before this process had read it; its clients are told of a gap.")]
    public static partial void TailOvertaken(ILogger logger, string hub, EventId position);

    [LoggerMessage(3, LogLevel.Warning, "The log of hub '{Hub}' has lost events and goes on after {Position}; its clients are told of a gap.")]
    public static partial void LogReset(ILogger logger, string hub, EventId position);

    [LoggerMessage(4, LogLevel.Warning, "The outbox of hub '{Hub}' is full; an event was dropped.")]
    public static partial void OutboxDropped(ILogger logger, string hub);

    [LoggerMessage(5, LogLevel.Warning, "The outbox of hub '{Hub}' waits for the log: {Reason}")]
    public static partial void OutboxWaits(ILogger logger, string hub, string reason);

    [LoggerMessage(6, LogLevel.Error, "The retention of hub '{Hub}' could not be enforced.")]
    public static partial void TrimFailed(ILogger logger, string hub, Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "The log of hub '{Hub}' cannot be read: {Reason} Open streams stay open and go on from where they are once it is back.")]
    public static partial void LogAway(ILogger logger, string hub, string reason, Exception exception);

    [LoggerMessage(8, LogLevel.Information, "The log of hub '{Hub}' is read again.")]
    public static partial void LogBack(ILogger logger, string hub);
}
