using System.Net;
using Microsoft.Extensions.Logging;

namespace Curlew;

/// <summary>What the endpoints log.</summary>
internal static partial class Log
{
    [LoggerMessage(101, LogLevel.Debug, "An event stream of {Origin} opened.")]
    public static partial void Opened(ILogger logger, string origin);

    [LoggerMessage(102, LogLevel.Debug, "An event stream of {Origin} ended after {Duration}: {Reason}.")]
    public static partial void Closed(ILogger logger, string origin, TimeSpan duration, CloseReason reason);

    [LoggerMessage(103, LogLevel.Information, "An event stream was refused: {Reason}.")]
    public static partial void Refused(ILogger logger, RefusalReason reason);

    [LoggerMessage(104, LogLevel.Information, "Ending {Count} event streams within {Period}.")]
    public static partial void Draining(ILogger logger, int count, TimeSpan period);

    [LoggerMessage(105, LogLevel.Warning, "Cut {Count} event streams whose clients did not read.")]
    public static partial void DrainCut(ILogger logger, int count);

    [LoggerMessage(106, LogLevel.Error, "An event stream of {Origin} failed.")]
    public static partial void Failed(ILogger logger, string origin, Exception exception);

    [LoggerMessage(107, LogLevel.Error, "The source of an event stream of {Origin} failed.")]
    public static partial void SourceFailed(ILogger logger, string origin, Exception exception);

    [LoggerMessage(108, LogLevel.Information, "The source of an event stream of {Origin} goes on {Grace} after its token was cancelled; it is disposed when it ends.")]
    public static partial void SourceLingers(ILogger logger, string origin, TimeSpan grace);

    [LoggerMessage(109, LogLevel.Error, "What was to be done after an event stream failed.")]
    public static partial void OnCompletedFailed(ILogger logger, Exception exception);

    [LoggerMessage(110, LogLevel.Information, "Closed {Count} event streams: {Explanation}")]
    public static partial void ClosedByApplication(ILogger logger, int count, string explanation);

    [LoggerMessage(111, LogLevel.Debug, "Closed the event stream {Id} of {Origin}: {Explanation}")]
    public static partial void ClosedOneByApplication(ILogger logger, string id, string origin, string explanation);

    [LoggerMessage(112, LogLevel.Error, "What was to be done when connection {Id} closed failed.")]
    public static partial void ConnectionClosedFailed(ILogger logger, string id, Exception exception);

    [LoggerMessage(113, LogLevel.Warning, "New connections to {EndPoint} wait, because the process may not open more sockets ({Fault}). Raise the limit of open files, as with ulimit -n, or MaxConnections below it.")]
    public static partial void NoMoreSockets(ILogger logger, EndPoint endPoint, string fault);

    [LoggerMessage(114, LogLevel.Warning, "MaxConnections is {MaxConnections}, but the process may open only {Limit} files. Raise that limit to {Enough}, as with ulimit -n or LimitNOFILE, or lower MaxConnections to {Fitting}.")]
    public static partial void FewOpenFiles(ILogger logger, int maxConnections, long limit, long enough, long fitting);
}
