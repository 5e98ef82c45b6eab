using Microsoft.Extensions.Logging;
using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis;

/// <summary>What the logs on Redis log. The client's own numbers begin at 1.</summary>
internal static partial class Messages
{
    [LoggerMessage(101, LogLevel.Warning, "Hub '{Hub}' skips entries of its stream that cannot be an event, {Count} so far; the last one is {Entry}: {Fault}.")]
    public static partial void EntriesSkipped(ILogger logger, string hub, long count, EventId entry, string fault);

    [LoggerMessage(102, LogLevel.Information, "Consumer '{Consumer}' of group '{Group}' processes the stream '{Stream}'.")]
    public static partial void ConsumerStarts(ILogger logger, string consumer, string group, string stream);

    [LoggerMessage(103, LogLevel.Information, "Made the group '{Group}' of the stream '{Stream}'.")]
    public static partial void GroupMade(ILogger logger, string group, string stream);

    [LoggerMessage(104, LogLevel.Warning, "The group '{Group}' of the stream '{Stream}' was gone, and was made again: what it had not processed of the stream as it was is lost.")]
    public static partial void GroupMadeAgain(ILogger logger, string group, string stream);

    [LoggerMessage(105, LogLevel.Warning, "Attempt {Attempt} of {MaxAttempts} at entry {Entry} of the stream '{Stream}' failed in group '{Group}'.")]
    public static partial void AttemptFailed(ILogger logger, int attempt, int maxAttempts, EventId entry, string stream, string group, Exception exception);

    [LoggerMessage(106, LogLevel.Error, "Entry {Entry} of the stream '{Stream}' was given up by group '{Group}' after {Attempts} attempts ({Error}), and is now in '{DeadLetterStream}'.")]
    public static partial void DeadLettered(ILogger logger, EventId entry, string stream, string group, int attempts, string error, string deadLetterStream);

    [LoggerMessage(107, LogLevel.Information, "Group '{Group}' of the stream '{Stream}': took over {Count} entries of consumers that are silent or have left.")]
    public static partial void Reclaimed(ILogger logger, string group, string stream, int count);

    [LoggerMessage(108, LogLevel.Warning, "Group '{Group}' of the stream '{Stream}' cannot go on, and tries again: {Reason}")]
    public static partial void ConsumerInTrouble(ILogger logger, string group, string stream, string reason);

    [LoggerMessage(109, LogLevel.Information, "Group '{Group}' of the stream '{Stream}' goes on.")]
    public static partial void ConsumerGoesOn(ILogger logger, string group, string stream);

    [LoggerMessage(110, LogLevel.Information, "Consumer '{Consumer}' of group '{Group}' stops, and gives back {Count} entries of the stream '{Stream}'.")]
    public static partial void GivenBack(ILogger logger, string consumer, string group, int count, string stream);

    [LoggerMessage(111, LogLevel.Warning, "Consumer '{Consumer}' of group '{Group}' could not leave the stream '{Stream}'; what it had in hand goes to others later: {Reason}")]
    public static partial void NotLeft(ILogger logger, string consumer, string group, string stream, string reason);

    [LoggerMessage(112, LogLevel.Information, "Consumer '{Consumer}' is now the one of group '{Group}' that processes the stream '{Stream}'.")]
    public static partial void TakesOver(ILogger logger, string consumer, string group, string stream);

    [LoggerMessage(113, LogLevel.Warning, "Consumer '{Consumer}' was silent for too long; another one of group '{Group}' may have taken over the stream '{Stream}'.")]
    public static partial void TakenOver(ILogger logger, string consumer, string group, string stream);

    [LoggerMessage(114, LogLevel.Error, "Group '{Group}' of the stream '{Stream}' failed unexpectedly, and tries again.")]
    public static partial void ConsumerFailed(ILogger logger, string group, string stream, Exception exception);
}
