using System.Collections.Concurrent;

namespace Curlew.Redis.Tests.Connections;

public sealed class RedisLinkTests : IAsyncDisposable
{
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    private readonly ManualTimeProvider _time = new();
    private readonly LogCollector _log = new();
    private readonly ConcurrentQueue<RedisConnectionChange> _changes = new();
    private readonly ServerNews _news = new();
    private readonly ConcurrentQueue<TaskCompletionSource<RespConnection>> _attempts = new();
    private readonly ConcurrentQueue<TaskCompletionSource<RespConnection>> _otherAttempts = new();
    private readonly RedisLink _link;
    private readonly RedisLink _other;
    private int _taken;
    private int _otherTaken;

    public RedisLinkTests()
    {
        var settings = new RedisLinkSettings(
            new(TimeSpan.FromMilliseconds(100), MaxDelay, new Random(1)), MaxDelay, _time, _log.CreateLogger("test"), _news, _changes.Enqueue);
        _link = new(ConnectionPurpose.Commands, _ => Attempt(_attempts), settings);
        _other = new(ConnectionPurpose.BlockingReads, _ => Attempt(_otherAttempts), settings);

        static Task<RespConnection> Attempt(ConcurrentQueue<TaskCompletionSource<RespConnection>> attempts)
        {
            var attempt = new TaskCompletionSource<RespConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
            attempts.Enqueue(attempt);
            return attempt.Task;
        }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        var disposing = Task.WhenAll(_link.DisposeAsync().AsTask(), _other.DisposeAsync().AsTask());
        foreach (var attempt in _attempts.Concat(_otherAttempts))
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

    [Fact]
    public async Task Trouble_IsWhyThereIsNoConnection()
    {
        _link.Trouble.ShouldBeNull();
        _ = _link.GetAsync(TimeSpan.FromMinutes(10), Cancel).AsTask();
        var first = await NextAttemptAsync();
        _link.Trouble.ShouldBeNull();
        first.SetException(new RedisConnectionException("no route", CommandOutcome.NotSent));
        await Eventually.UntilAsync(() => _link.Trouble == "no route");

        var connection = Connection();
        (await NextAttemptAsync()).SetResult(connection);
        await Eventually.UntilAsync(() => _link.Trouble is null);

        connection.Close("cut.", new IOException());
        _link.Trouble!.ShouldContain("cut.");
    }

    [Fact]
    public async Task AnotherLinkThatFindsTheServer_EndsThePause()
    {
        await FailOnceAsync();

        // For the first time.
        await ConnectOtherAsync(Connection());
        var second = await NextAttemptWithoutPauseAsync();
        second.SetException(new RedisConnectionException("no route", CommandOutcome.NotSent));
        await Eventually.UntilAsync(() => FailuresOf(ConnectionPurpose.Commands) == 2);

        // And after it had failed. What this one tries while the clock moves fails as well.
        _other.Current!.Close("cut.", new IOException());
        (await NextOtherAttemptAsync()).SetException(new RedisConnectionException("no route", CommandOutcome.NotSent));
        var attempt = await NextOtherAttemptAsync();
        await Eventually.UntilAsync(() =>
        {
            FailUntaken();
            return FailuresOf(ConnectionPurpose.Commands) == _attempts.Count;
        });
        _taken = _attempts.Count;
        attempt.SetResult(Connection());

        await NextAttemptWithoutPauseAsync();
    }

    [Fact]
    public async Task NewsThatComeDuringAnAttempt_AreNotMissedWhenItFails()
    {
        _ = _link.GetAsync(TimeSpan.FromMinutes(10), Cancel).AsTask();
        var attempt = await NextAttemptAsync();
        await ConnectOtherAsync(Connection());

        attempt.SetException(new RedisConnectionException("no route", CommandOutcome.NotSent));

        await NextAttemptWithoutPauseAsync();
    }

    [Fact]
    public async Task AServerThatHangsUpAtOnce_IsNoNews()
    {
        await ConnectOtherAsync(Connection());
        var news = _news.Next;

        for (var i = 0; i < 3; i++)
        {
            _other.Current!.Close("cut.", new IOException());
            (await NextOtherAttemptAsync()).SetResult(Connection());
            await Eventually.UntilAsync(() => _other.Connections == i + 2 && _changes.Count(static change => change.Kind == ConnectionChangeKind.Restored) == i + 1);
        }

        news.IsCompleted.ShouldBeFalse();
    }

    private async Task FailOnceAsync()
    {
        _ = _link.GetAsync(TimeSpan.FromMinutes(10), Cancel).AsTask();
        (await NextAttemptAsync()).SetException(new RedisConnectionException("no route", CommandOutcome.NotSent));
        await Eventually.UntilAsync(() => FailuresOf(ConnectionPurpose.Commands) == 1);
    }

    private async Task ConnectOtherAsync(RespConnection connection)
    {
        var call = _other.GetAsync(TimeSpan.FromMinutes(10), Cancel).AsTask();
        // The first one needs no time.
        await Eventually.UntilAsync(() => !_otherAttempts.IsEmpty);
        _otherAttempts.ElementAt(_otherTaken++).SetResult(connection);
        await call.WaitAsync(Deadline.Token);
    }

    private int FailuresOf(ConnectionPurpose purpose) =>
        _changes.Count(change => change.Kind == ConnectionChangeKind.Failed && change.Purpose == purpose);

    private RespConnection Connection() => new(new ScriptedPeer().Stream, new("server.example", 1), new() { Endpoints = [] }, _time);

    /// <summary>The next attempt to connect, once the pause before it has been made to pass.</summary>
    private async Task<TaskCompletionSource<RespConnection>> NextAttemptAsync()
    {
        await Eventually.UntilAsync(() => _attempts.Count > _taken || PassTime(_link));
        return _attempts.ElementAt(_taken++);
    }

    /// <summary>The next attempt to connect, while the clock stands.</summary>
    private async Task<TaskCompletionSource<RespConnection>> NextAttemptWithoutPauseAsync()
    {
        await Eventually.UntilAsync(() => _attempts.Count > _taken);
        return _attempts.ElementAt(_taken++);
    }

    /// <summary>The next attempt of the other link. What this link tries while the clock moves for it fails.</summary>
    private async Task<TaskCompletionSource<RespConnection>> NextOtherAttemptAsync()
    {
        await Eventually.UntilAsync(() =>
        {
            FailUntaken();
            return _otherAttempts.Count > _otherTaken || PassTime(_other);
        });
        return _otherAttempts.ElementAt(_otherTaken++);
    }

    private void FailUntaken()
    {
        foreach (var attempt in _attempts.Skip(_taken))
            attempt.TrySetException(new RedisConnectionException("no route", CommandOutcome.NotSent));
    }

    private bool PassTime(RedisLink link)
    {
        if (link.Current is null)
            _time.Advance(TimeSpan.FromMilliseconds(100));
        return false;
    }
}
