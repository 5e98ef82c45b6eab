using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Curlew.Tests.Publishing;

public sealed class OutboxTests : IDisposable
{
    private readonly HubOptions _options = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedLog _log = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MetricTotals _totals;
    private readonly Outbox _outbox;

    // Guards the calls.
    private readonly Lock _lock = new();
    private readonly List<Call> _calls = [];

    public OutboxTests()
    {
        var metrics = new CurlewMetrics(_services.GetRequiredService<IMeterFactory>());
        _totals = new(metrics);
        _outbox = new(new Hub("", _options, _log, _time, metrics, NullLogger.Instance), _time, metrics, NullLogger.Instance);
    }

    private long Dropped => _totals["curlew.outbox.dropped of default"];

    private Call[] Calls
    {
        get
        {
            lock (_lock)
                return [.. _calls];
        }
    }

    public void Dispose()
    {
        _outbox.Dispose();
        _totals.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task Add_ManyEvents_ArePublishedInOrder()
    {
        Answer(static _ => Task.CompletedTask);
        var numbers = Enumerable.Range(0, 1000).Select(static number => number.ToString(CultureInfo.InvariantCulture)).ToArray();

        foreach (var number in numbers)
            Add(number);
        await _outbox.FlushAsync(default);

        Calls.SelectMany(static call => call.Data).ShouldBe(numbers);
        _totals["curlew.events.published of default"].ShouldBe(1000);
        Dropped.ShouldBe(0);
    }

    [Fact]
    public async Task Add_ALogThatFailsAfterHavingStored_IsTriedWithTheSameKeyAndNothingLandsTwice()
    {
        var store = new MemoryEventLog(_options, _time);
        var failures = 3;
        Answer(async call =>
        {
            await store.AppendAsync(call.Batch, call.Key, default);
            if (--failures >= 0)
                throw new EventLogUnavailableException("The answer was lost.");
        });

        Add("1");
        Add("2");
        var flushed = _outbox.FlushAsync(default);
        await AdvanceUntilAsync(flushed);

        Calls.Length.ShouldBeGreaterThanOrEqualTo(4);
        Calls.Take(4).Select(static call => call.Key).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem().ShouldNotBeNullOrEmpty();
        (await store.ReadAsync(EventId.Zero, 10, default)).Frames.Select(static frame => ParsedFrame.Of(frame).Data).ShouldBe(["1", "2"]);
        _totals["curlew.events.published of default"].ShouldBe(2);
    }

    [Fact]
    public async Task Add_AnyOtherFailureOfTheLog_IsTriedAgain()
    {
        var failures = 1;
        Answer(_ => --failures >= 0 ? throw new IOException("The disk is full.") : Task.CompletedTask);

        Add("1");
        await AdvanceUntilAsync(_outbox.FlushAsync(default));

        Calls.Select(static call => call.Data).ShouldBe([["1"], ["1"]]);
    }

    [Fact]
    public async Task Add_ALogThatIsAway_IsTriedLessAndLessOftenUpToEveryFiveSeconds()
    {
        Answer(static _ => throw new EventLogUnavailableException("It is away."));
        Add("1");

        var tries = 1;
        foreach (var delay in new[] { 100, 200, 400, 800, 1600, 3200, 5000, 5000 })
        {
            await Eventually.UntilAsync(() => _time.ActiveTimers == 1);
            _time.Advance(TimeSpan.FromMilliseconds(delay - 1));
            // The timer of the wait has not fired: nothing can have been tried.
            _time.ActiveTimers.ShouldBe(1);
            Calls.Length.ShouldBe(tries);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            tries++;
            await Eventually.UntilAsync(() => Calls.Length == tries);
        }

        await _outbox.FlushAsync(new CancellationToken(canceled: true));
    }

    [Fact]
    public async Task Add_BeyondTheBoundInEvents_DropsAndCounts()
    {
        _options.OutboxEvents = 3;
        var open = Block();
        Add("0");
        await Eventually.UntilAsync(() => Calls.Length == 1, because: "an event whose publication is under way waits too");

        foreach (var data in new[] { "1", "2", "3", "4" })
            Add(data);

        Dropped.ShouldBe(2);
        open.SetResult();
        await _outbox.FlushAsync(default);
        Calls.SelectMany(static call => call.Data).ShouldBe(["0", "1", "2"]);

        // There is room again.
        Add("5");
        await _outbox.FlushAsync(default);
        Calls[^1].Data.ShouldBe(["5"]);
        Dropped.ShouldBe(2);
    }

    [Fact]
    public async Task Add_BeyondTheBoundInBytes_DropsAndCounts()
    {
        _options.OutboxBytes = 10;
        var open = Block();

        Add("123456");
        Add("7890");
        Add("!");

        Dropped.ShouldBe(1);
        open.SetResult();
        await _outbox.FlushAsync(default);
        Calls.SelectMany(static call => call.Data).ShouldBe(["123456", "7890"]);
    }

    [Fact]
    public async Task Add_OneEventAboveTheBoundInBytes_IsTakenWhereNothingElseWaits()
    {
        _options.OutboxBytes = 10;
        var open = Block();

        Add("12345678901234567890");
        Add("!");

        Dropped.ShouldBe(1);
        open.SetResult();
        await _outbox.FlushAsync(default);
        Calls.SelectMany(static call => call.Data).ShouldBe(["12345678901234567890"]);
    }

    [Fact]
    public async Task Add_EventsWithKeysOfTheirOwn_AreBatchesOfTheirOwn()
    {
        var open = await BlockFirstAsync();

        Add("1");
        Add("2");
        Add("3", "k");
        Add("4", "l");
        Add("5");
        Add("6");
        open.SetResult();
        await _outbox.FlushAsync(default);

        Calls.Skip(1).Select(static call => call.Data).ShouldBe([["1", "2"], ["3"], ["4"], ["5", "6"]]);
        Calls[2].Key.ShouldBe("k");
        Calls[3].Key.ShouldBe("l");
        Calls.Select(static call => call.Key).Distinct(StringComparer.Ordinal).Count().ShouldBe(5);
    }

    [Fact]
    public async Task Add_ManyAndLargeEvents_AreBatchesWithinTheLimits()
    {
        _options.MaxBatchBytes = 300;
        var open = await BlockFirstAsync();

        for (var i = 0; i < 257; i++)
            Add("x");
        foreach (var length in new[] { 150, 149, 1, 300 })
            Add(new string('y', length));
        open.SetResult();
        await _outbox.FlushAsync(default);

        Calls.Skip(1).Select(static call => call.Data.Sum(static data => data.Length)).ShouldBe([256, 300, 1, 300]);
    }

    [Fact]
    public async Task FlushAsync_CancelledWhileTheLogIsAway_DropsAndCountsWhatIsLeft()
    {
        Answer(static _ => throw new EventLogUnavailableException("It is away."));
        Add("1");
        Add("2");
        Add("3");

        await _outbox.FlushAsync(new CancellationToken(canceled: true));

        Dropped.ShouldBe(3);
        Add("4");
        Dropped.ShouldBe(4);
        _totals["curlew.events.published of default"].ShouldBe(0);
    }

    [Fact]
    public async Task FlushAsync_NothingEnqueued_CompletesAtOnce()
    {
        await _outbox.FlushAsync(default);

        Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Enqueue_AndThenTheApplicationStops_IsPublishedBefore()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddCurlewCore();
        using var host = builder.Build();
        await host.StartAsync();

        host.Services.GetRequiredService<IEventPublisher>().Enqueue("a", "last words");
        await host.StopAsync();

        var page = await host.Services.GetRequiredService<HubRegistry>().Hub("").Log.ReadAsync(EventId.Zero, 10, default);
        ParsedFrame.Of(page.Frames.ShouldHaveSingleItem()).Data.ShouldBe("last words");
    }

    private void Add(string data, string? key = null) => _outbox.Add(TestHubs.Event("a", data), key);

    private void Answer(Func<Call, Task> answer) => _log.Append = async (batch, key, _) =>
    {
        var call = new Call(batch, key!);
        lock (_lock)
            _calls.Add(call);
        await answer(call);
        return EventId.Zero;
    };

    /// <summary>Makes the log answer no call before the source is set.</summary>
    private TaskCompletionSource Block()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Answer(_ => open.Task);
        return open;
    }

    /// <summary>Has one event under way, so that what is added next comes into batches after it.</summary>
    private async Task<TaskCompletionSource> BlockFirstAsync()
    {
        var open = Block();
        Add("0");
        await Eventually.UntilAsync(() => Calls.Length == 1);
        return open;
    }

    private Task AdvanceUntilAsync(Task done) => Eventually.UntilAsync(() =>
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        return done.IsCompleted;
    });

    private sealed record Call(IReadOnlyList<NewEvent> Batch, string Key)
    {
        public string[] Data => [.. Batch.Select(static e => Encoding.UTF8.GetString(e.Data.Span))];
    }
}
