using static Curlew.Tests.TestHubs;

namespace Curlew.Tests.Fanout;

public sealed class LogPagesTests
{
    private readonly ScriptedLog _log = new() { TrimmedThrough = Id(5), MaxPage = 2 };

    public LogPagesTests() => _log.Frames.AddRange([Frame(10), Frame(20), Frame(30), Frame(40)]);

    [Fact]
    public async Task ReadAsync_PositionWithinAPageThatWasRead_DoesNotAskTheLog()
    {
        using var pages = new LogPages(_log, long.MaxValue);

        var first = await pages.ReadAsync(Id(5), default);
        var second = await pages.ReadAsync(Id(10), default);

        second.ShouldBeSameAs(first);
        _log.Reads.ShouldBe(1);
        (await pages.ReadAsync(Id(20), default)).Frames.Select(static frame => frame.Id).ShouldBe([Id(30), Id(40)]);
        _log.Reads.ShouldBe(2);
    }

    [Fact]
    public async Task ReadAsync_SamePageAtTheSameTime_IsReadOnce()
    {
        using var pages = new LogPages(_log, long.MaxValue);
        var answer = new TaskCompletionSource();
        _log.BeforeAnswer = _ => answer.Task;

        var reads = Enumerable.Range(0, 20).Select(_ => pages.ReadAsync(Id(5), default).AsTask()).ToArray();
        answer.SetResult();

        (await Task.WhenAll(reads)).Distinct().Count().ShouldBe(1);
        _log.Reads.ShouldBe(1);
    }

    [Fact]
    public async Task ReadAsync_PageWhoseStartWasTrimmed_IsNotKept()
    {
        using var pages = new LogPages(_log, long.MaxValue);
        _log.TrimmedThrough = Id(10);

        await pages.ReadAsync(Id(5), default);
        await pages.ReadAsync(Id(5), default);

        _log.Reads.ShouldBe(2);
    }

    [Fact]
    public async Task ReadAsync_MoreThanTheBound_ForgetsWhatWasUsedLeastRecently()
    {
        var cost = _log.Frames[0].Cost;
        using var pages = new LogPages(_log, 5 * cost);
        await pages.ReadAsync(Id(5), default);
        await pages.ReadAsync(Id(20), default);
        await pages.ReadAsync(Id(10), default);
        _log.Reads.ShouldBe(2);
        _log.Frames.AddRange([Frame(50), Frame(60)]);

        await pages.ReadAsync(Id(40), default);

        await pages.ReadAsync(Id(5), default);
        _log.Reads.ShouldBe(3);
        await pages.ReadAsync(Id(20), default);
        _log.Reads.ShouldBe(4);
    }

    [Fact]
    public async Task Clear_WhileAPageIsRead_DoesNotKeepThatPage()
    {
        using var pages = new LogPages(_log, long.MaxValue);
        var answer = new TaskCompletionSource();
        _log.BeforeAnswer = _ => answer.Task;
        var stale = pages.ReadAsync(Id(5), default).AsTask();

        pages.Clear();
        answer.SetResult();
        await stale;

        _log.Frames.Clear();
        _log.Frames.Add(Frame(15));
        (await pages.ReadAsync(Id(5), default)).Frames.Select(static frame => frame.Id).ShouldBe([Id(15)]);
    }

    [Fact]
    public async Task ReadAsync_TheLogIsAway_LetsTheNextOneTry()
    {
        using var pages = new LogPages(_log, long.MaxValue);
        _log.BeforeAnswer = _ => Task.FromException(new EventLogUnavailableException("It is away."));
        await Should.ThrowAsync<EventLogUnavailableException>(async () => await pages.ReadAsync(Id(5), default));
        _log.BeforeAnswer = null;

        (await pages.ReadAsync(Id(5), default)).Frames.Count.ShouldBe(2);
    }
}
