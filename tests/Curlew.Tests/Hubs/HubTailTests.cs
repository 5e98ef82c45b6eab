using System.Runtime.CompilerServices;
using static Curlew.Tests.TestHubs;

namespace Curlew.Tests.Hubs;

public sealed class HubTailTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedLog _log = new() { TrimmedThrough = Id(5) };
    private readonly List<EventId> _begunAt = [];

    [Fact]
    public async Task StartAsync_TailThatFails_GoesOnFromWhereItStood()
    {
        _log.Tail = TailAsync;
        var hub = new Hub("", new(), _log, _time, Metrics, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        await hub.StartAsync(default);
        var reader = await hub.SubscribeAsync();

        await Eventually.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return hub.Routed == Id(30);
        });

        (await reader.ReadAllAsync()).ShouldBe(["10-0", "20-0", "30-0"]);
        _begunAt.ShouldBe([Id(5), Id(10), Id(20)], ignoreOrder: false);
        hub.IsReady.ShouldBeTrue();
        await hub.DisposeAsync().AsTask().WaitAsync(Eventually.DefaultDeadline);
    }

    [Fact]
    public async Task StopAsync_WhileTheTailWaitsToTryAgain_IsPrompt()
    {
        _log.Tail = static (_, _) => throw new EventLogUnavailableException("It is away.");
        var hub = new Hub("", new(), _log, _time, Metrics, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        await hub.StartAsync(default);
        await Eventually.UntilAsync(() => _time.ActiveTimers == 1);

        await hub.StopAsync().WaitAsync(Eventually.DefaultDeadline);
    }

    [Fact]
    public async Task StartAsync_LogThatIsAway_OpensOnceItIsBack()
    {
        var isAway = true;
        _log.Frames.Add(Frame(6));
        _log.BeforeAnswer = _ => isAway ? throw new EventLogUnavailableException("It is away.") : Task.CompletedTask;
        _log.Tail = (after, cancellationToken) =>
        {
            _begunAt.Add(after);
            return WaitAsync(cancellationToken);
        };
        var hub = new Hub("", new(), _log, _time, Metrics, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        await hub.StartAsync(default);
        hub.IsReady.ShouldBeFalse();
        hub.Trouble.ShouldBe("It is away.");
        await Should.ThrowAsync<EventLogUnavailableException>(hub.SubscribeAsync(StartPosition.Now));

        isAway = false;
        await Eventually.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return hub.IsReady && hub.Trouble is null;
        });
        _begunAt.ShouldBe([Id(6)]);
        (await (await hub.SubscribeAsync(StartPosition.Earliest)).ReadAllAsync()).ShouldBe(["6-0"]);
        await hub.DisposeAsync().AsTask().WaitAsync(Eventually.DefaultDeadline);
    }

    private async IAsyncEnumerable<EventPage> WaitAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return _log.Page([]);
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }

    private async IAsyncEnumerable<EventPage> TailAsync(EventId after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _begunAt.Add(after);
        _log.Frames.Add(Frame((ulong)_begunAt.Count * 10));
        yield return _log.Page(_log.Frames.TakeLast(1));
        if (_begunAt.Count < 3)
            throw new IOException("The connection was lost.");
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }
}
