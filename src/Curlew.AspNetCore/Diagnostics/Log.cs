using Microsoft.Extensions.Logging;

namespace Curlew;

/// <summary>What the endpoints log.</summary>
internal static partial class Log
{
    [LoggerMessage(101, LogLevel.Debug, "An event stream of hub '{Hub}' opened.")]
    public static partial void Opened(ILogger logger, string hub);

    [LoggerMessage(102, LogLevel.Debug, "An event stream of hub '{Hub}' ended after {Duration}: {Reason}.")]
    public static partial void Closed(ILogger logger, string hub, TimeSpan duration, CloseReason reason);

    [LoggerMessage(103, LogLevel.Information, "An event stream was refused: {Reason}.")]
    public static partial void Refused(ILogger logger, RefusalReason reason);

    [LoggerMessage(104, LogLevel.Information, "Ending {Count} event streams within {Period}.")]
    public static partial void Draining(ILogger logger, int count, TimeSpan period);

    [LoggerMessage(105, LogLevel.Warning, "Cut {Count} event streams whose clients did not read.")]
    public static partial void DrainCut(ILogger logger, int count);

    [LoggerMessage(106, LogLevel.Error, "An event stream of hub '{Hub}' failed.")]
    public static partial void Failed(ILogger logger, string hub, Exception exception);
}
