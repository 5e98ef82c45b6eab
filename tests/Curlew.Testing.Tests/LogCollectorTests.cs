using Microsoft.Extensions.Logging;

namespace Curlew.Testing.Tests;

public sealed partial class LogCollectorTests
{
    [Fact]
    public void Problems_AreTheWarningsAndErrors()
    {
        using var logs = new LogCollector();
        var logger = logs.CreateLogger("a.b");

        Fine(logger);
        Watch(logger, 42);

        logs.Entries.Count.ShouldBe(2);
        var problem = logs.Problems.ShouldHaveSingleItem();
        problem.EventName.ShouldBe("Watch");
        problem.Message.ShouldBe("watch 42");
        problem.Category.ShouldBe("a.b");
        problem.Values["What"].ShouldBe(42);
    }

    [LoggerMessage(LogLevel.Information, "fine")]
    private static partial void Fine(ILogger logger);

    [LoggerMessage(LogLevel.Warning, "watch {What}")]
    private static partial void Watch(ILogger logger, int what);
}
