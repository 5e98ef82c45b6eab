namespace SecurityDashboard;

/// <summary>What the program logs.</summary>
internal static partial class Messages
{
    [LoggerMessage(1, LogLevel.Warning, "{Count} lines of {Source} wait: the log takes none now")]
    public static partial void LinesWait(ILogger logger, int count, string source, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "{File} cannot be read; it is tried again")]
    public static partial void FileUnreadable(ILogger logger, string file, Exception exception);

    [LoggerMessage(3, LogLevel.Information, "Following {File}")]
    public static partial void FileFollowed(ILogger logger, string file);

    [LoggerMessage(4, LogLevel.Information, "Standard input has ended after {Count} lines")]
    public static partial void InputEnded(ILogger logger, long count);

    [LoggerMessage(5, LogLevel.Error, "The scenario {Scenario} failed and was stopped")]
    public static partial void ScenarioFailed(ILogger logger, string scenario, Exception exception);

    [LoggerMessage(6, LogLevel.Warning, "The hub {Hub} cannot be followed; it is tried again")]
    public static partial void HubNotFollowed(ILogger logger, string hub, Exception exception);
}
