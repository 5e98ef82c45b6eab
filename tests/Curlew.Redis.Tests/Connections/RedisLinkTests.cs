using System.Collections.Concurrent;

namespace Curlew.Redis.Tests.Connections;

public sealed class RedisLinkTests : IAsyncDisposable
{
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    private readonly ManualTimeProvider _time = new();
    private readonly LogCollector _log = new();
    private readonly ConcurrentQueue<RedisConnectionChange> _changes = new();
    private readonly ConcurrentQueue<TaskCompletionSource<RespConnection>> _attempts = new();
    private readonly RedisLink _link;
    private int _taken;

    public RedisLinkTests() =>
        _link = new(
            ConnectionPurpose.Commands,
            _ =>
            {
                var attempt = new TaskCompletionSource<RespConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
                _attempts.Enqueue(attempt);
                return attempt.Task;
            },
            new(new(TimeSpan.FromMilliseconds(100), MaxDelay, new Random(1)), MaxDelay, _time, _log.CreateLogger("test"), _changes.Enqueue));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        var disposing = _link.DisposeAsync().AsTask();
        foreach (var attempt in _attempts)
            attempt.TrySetCanceled(Cancel);
        await disposing;
    }

    [Fact]
    public async Task TheFirstAttempt_IsWaitedForByEveryone()
    {
        var call = _link.GetAsync(TimeSpan.Zero, Cancel).AsTask();
        var connection = Connection();

        (await NextAttemptAsync()).SetResult(connection);

        (await call.WaitAsync(Deadline.Token)).ShouldBeSameAs(connection);
        _link.Connections.ShouldBe(1);
        _changes.Single().Kind.ShouldBe(ConnectionChangeKind.Established);
    }

    [Fact]
    public async Task TheFirstAttemptFails_WhoWillNotWaitIsToldWhy_AndWhoWillGetsTheNext()
    {
        var atOnce = _link.GetAsync(TimeSpan.Zero, Cancel).AsTask();
        var patient = _link.GetAsync(TimeSpan.FromMinutes(1), Cancel).AsTask();
        (await NextAttemptAsync()).SetException(new RedisConnectionException("no route", CommandOutcome.NotSent));

        var failure = await Should.ThrowAsync<RedisConnectionException>(atOnce);
        failure.Message.ShouldBe("no route");
        failure.Outcome.ShouldBe(CommandOutcome.NotSent);

        var connection = Connection();
        (await NextAttemptAsync()).SetResult(connection);
        (await patient.WaitAsync(Deadline.Token)).ShouldBeSameAs(connection);
    }

    [Fact]
    public async Task AWait_EndsInItsTime()
    {
        var call = _link.GetAsync(TimeSpan.FromSeconds(2), Cancel).AsTask();
        await NextAttemptAsync();

        _time.Advance(TimeSpan.FromSeconds(2));

        (await Should.ThrowAsync<RedisConnectionException>(call)).Outcome.ShouldBe(CommandOutcome.NotSent);
    }

    [Fact]
    public async Task ALoss_IsToldAndMended()
    {
        var first = Connection();
        var call = _link.GetAsync(TimeSpan.Zero, Cancel).AsTask();
        (await NextAttemptAsync()).SetResult(first);
        await call;

        first.Close("cut.", new IOException());
        await Should.ThrowAsync<RedisConnectionException>(async () => await _link.GetAsync(TimeSpan.Zero, Cancel));
        _link.Current.ShouldBeNull();
        (await NextAttemptAsync()).SetException(new RedisConnectionException("no route", CommandOutcome.NotSent));
        var second = Connection();
        (await NextAttemptAsync()).SetResult(second);

        (await _link.GetAsync(TimeSpan.FromMinutes(1), Cancel)).ShouldBeSameAs(second);
        await Eventually.UntilAsync(() => _changes.Count == 4);
        _changes.Select(static change => change.Kind).ShouldBe(
            [ConnectionChangeKind.Established, ConnectionChangeKind.Lost, ConnectionChangeKind.Failed, ConnectionChangeKind.Restored]);
        _changes.ElementAt(1).Reason!.ShouldContain("cut.");
        _log.Problems.Count.ShouldBe(2);
    }

    [Fact]
    public async Task AServerThatStaysAway_IsWarnedOfOnce()
    {
        _ = _link.GetAsync(TimeSpan.FromMinutes(10), Cancel).AsTask();
        for (var i = 0; i < 5; i++)
            (await NextAttemptAsync()).SetException(new RedisConnectionException("no route", CommandOutcome.NotSent));
        await Eventually.UntilAsync(() => _changes.Count == 5);

        _log.Problems.ShouldHaveSingleItem().Message.ShouldContain("no route");
    }

    [Fact]
    public async Task Dispose_EndsWaitsAndTheConnection()
    {
        var connection = Connection();
        var call = _link.GetAsync(TimeSpan.Zero, Cancel).AsTask();
        (await NextAttemptAsync()).SetResult(connection);
        await call;

        await _link.DisposeAsync();

        connection.IsClosed.ShouldBeTrue();
        (await Should.ThrowAsync<RedisConnectionException>(async () => await _link.GetAsync(TimeSpan.FromMinutes(1), Cancel)))
            .Outcome.ShouldBe(CommandOutcome.NotSent);
    }

    private RespConnection Connection() => new(new ScriptedPeer().Stream, new("server.example", 1), new() { Endpoints = [] }, _time);

    /// <summary>The next attempt to connect, once the pause before it has been made to pass.</summary>
    private async Task<TaskCompletionSource<RespConnection>> NextAttemptAsync()
    {
        await Eventually.UntilAsync(() =>
        {
            if (_attempts.Count <= _taken && _link.Current is null)
                _time.Advance(TimeSpan.FromMilliseconds(10));
            return _attempts.Count > _taken;
        });
        return _attempts.ElementAt(_taken++);
    }
}
