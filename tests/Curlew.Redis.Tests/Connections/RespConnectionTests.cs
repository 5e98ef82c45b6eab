using System.Text;

namespace Curlew.Redis.Tests.Connections;

public sealed class RespConnectionTests : IDisposable
{
    private const int MaxPendingCommands = 100;
    private const string Ping = "*1\r\n$4\r\nPING\r\n";

    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedPeer _peer = new();
    private readonly List<string> _pushed = [];
    private readonly RespConnection _connection;

    public RespConnectionTests() => _connection = Connect(pushed: null);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _connection.Dispose();

    [Fact]
    public async Task SendAsync_ManyCommands_AreAnsweredInOrder()
    {
        var calls = Enumerable.Range(0, 20).Select(_ => SendAsync("PING")).ToArray();
        await _peer.HearAsync(string.Concat(Enumerable.Repeat(Ping, 20)));

        await _peer.SayAsync(string.Concat(Enumerable.Range(0, 20).Select(static i => $":{i}\r\n")));

        (await Task.WhenAll(calls)).ShouldBe(Enumerable.Range(0, 20).Select(static i => $":{i}"));
    }

    [Fact]
    public async Task SendAsync_AnErrorReply_FailsThatCallAlone()
    {
        var (first, second) = (SendAsync("PING"), SendAsync("PING"));
        await _peer.SayAsync("-LOADING wait\r\n+PONG\r\n");

        (await Should.ThrowAsync<RedisServerException>(first)).Code.ShouldBe("LOADING");
        (await second).ShouldBe("+PONG");
        _connection.IsClosed.ShouldBeFalse();
    }

    [Fact]
    public async Task ALateReply_FailsItsCallAndIsThrownAway()
    {
        var late = SendAsync("PING");
        await _peer.HearAsync(Ping);
        // Something comes meanwhile, so the server lives: half of the reply.
        _time.Advance(TimeSpan.FromSeconds(4));
        await _peer.SayAsync("+la");
        await Eventually.UntilAsync(() => _time.GetTimestamp() == LastReceived());
        _time.Advance(TimeSpan.FromSeconds(2));

        var failure = await Should.ThrowAsync<RedisConnectionException>(late);
        failure.Outcome.ShouldBe(CommandOutcome.Unknown);
        failure.InnerException.ShouldBeOfType<TimeoutException>();
        _connection.IsClosed.ShouldBeFalse();

        var next = SendAsync("PING");
        await _peer.SayAsync("te\r\n+PONG\r\n");
        (await next).ShouldBe("+PONG");
    }

    [Fact]
    public async Task ASilentServer_EndsTheConnectionAfterOneTimeout()
    {
        var call = SendAsync("PING");
        await _peer.HearAsync(Ping);

        _time.Advance(TimeSpan.FromSeconds(6));

        var failure = await Should.ThrowAsync<RedisConnectionException>(call);
        failure.Outcome.ShouldBe(CommandOutcome.Unknown);
        failure.Message.ShouldContain("server.example:6379");
        failure.InnerException.ShouldBeOfType<TimeoutException>();
        (await _connection.Closed).ShouldContain("nothing has come for 5 s");
        (await Should.ThrowAsync<RedisConnectionException>(SendAsync("PING"))).Outcome.ShouldBe(CommandOutcome.NotSent);
    }

    [Fact]
    public async Task ACallWithALongerTimeout_OutlivesTheOrdinaryOne()
    {
        using var command = new RespCommand("XREAD"u8);
        var call = _connection.SendAsync(command, timeout: TimeSpan.FromSeconds(20), cancellationToken: Cancel);
        _time.Advance(TimeSpan.FromSeconds(19));
        _connection.IsClosed.ShouldBeFalse();

        await _peer.SayAsync("_\r\n");
        using var reply = await call;
        reply.IsNull.ShouldBeTrue();
    }

    [Fact]
    public async Task ACut_TellsWhatWasNotSentFromWhatMayHaveRun()
    {
        var sent = SendAsync("PING");
        await _peer.HearAsync(Ping);
        // More than the other side takes: what comes after it cannot have left.
        var stuck = SendAsync("SET", new string('x', 10_000));
        await Eventually.UntilAsync(() => !HasUnsent());
        var waiting = SendAsync("PING");
        _peer.HangUp();

        (await Should.ThrowAsync<RedisConnectionException>(sent)).Outcome.ShouldBe(CommandOutcome.Unknown);
        (await Should.ThrowAsync<RedisConnectionException>(stuck)).Outcome.ShouldBe(CommandOutcome.Unknown);
        (await Should.ThrowAsync<RedisConnectionException>(waiting)).Outcome.ShouldBe(CommandOutcome.NotSent);
    }

    [Fact]
    public async Task MoreCommandsThanMayWait_AreRefusedUnsent()
    {
        using var command = new RespCommand("PING"u8);
        var calls = Enumerable.Range(0, MaxPendingCommands).Select(_ => _connection.SendAsync(command, cancellationToken: Cancel)).ToArray();

        (await Should.ThrowAsync<RedisConnectionException>(SendAsync("PING"))).Outcome.ShouldBe(CommandOutcome.NotSent);

        _connection.Dispose();
        foreach (var call in calls)
            await Should.ThrowAsync<RedisConnectionException>(call);
    }

    [Fact]
    public async Task Cancelling_EndsTheWaitAndLeavesTheLineInOrder()
    {
        using var cancel = new CancellationTokenSource();
        var given = SendAsync("PING", cancellationToken: cancel.Token);
        var next = SendAsync("PING");
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(given);
        await _peer.SayAsync("+one\r\n+two\r\n");
        (await next).ShouldBe("+two");
    }

    [Theory]
    [InlineData("+unasked\r\n")]
    [InlineData("garbage\r\n")]
    [InlineData("-ERR max number of clients reached\r\n")]
    public async Task WhatNobodyAskedFor_EndsTheConnection(string text)
    {
        await _peer.SayAsync(text);

        (await _connection.Closed.WaitAsync(Deadline.Token)).ShouldContain("server.example:6379");
    }

    [Fact]
    public async Task AnIdleConnection_IsAskedForASignOfLife()
    {
        _time.Advance(TimeSpan.FromSeconds(31));
        await _peer.HearAsync(Ping);
        await _peer.SayAsync("+PONG\r\n");
        await Eventually.UntilAsync(() => _time.GetTimestamp() == LastReceived());
        _time.Advance(TimeSpan.FromSeconds(31));
        await _peer.HearAsync(Ping + Ping);
        _connection.IsClosed.ShouldBeFalse();

        _time.Advance(TimeSpan.FromSeconds(6));
        (await _connection.Closed).ShouldContain("nothing has come");
    }

    [Fact]
    public async Task TransactAsync_GivesTheResultOfExec()
    {
        using var one = new RespCommand("INCR"u8).AddKey("a");
        var call = _connection.TransactAsync([one, one], isAsking: false, Cancel);
        await _peer.HearAsync("*1\r\n$5\r\nMULTI\r\n*2\r\n$4\r\nINCR\r\n$1\r\na\r\n*2\r\n$4\r\nINCR\r\n$1\r\na\r\n*1\r\n$4\r\nEXEC\r\n");
        var next = SendAsync("PING");

        await _peer.SayAsync("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n:2\r\n+PONG\r\n");

        using var reply = await call;
        Text(reply).ShouldBe("*2:1:2");
        (await next).ShouldBe("+PONG");
    }

    [Fact]
    public async Task TransactAsync_ACommandRefusedAtQueueing_IsWhatTheCallFailsWith()
    {
        using var one = new RespCommand("INCR"u8).AddKey("a");
        var call = _connection.TransactAsync([one, one], isAsking: false, Cancel);
        var next = SendAsync("PING");

        await _peer.SayAsync("+OK\r\n+QUEUED\r\n-MOVED 1 h:2\r\n-EXECABORT Transaction discarded\r\n+PONG\r\n");

        (await Should.ThrowAsync<RedisServerException>(call)).Code.ShouldBe("MOVED");
        (await next).ShouldBe("+PONG");
    }

    [Fact]
    public async Task Asking_GoesBeforeTheCommandInOnePiece()
    {
        using var command = new RespCommand("PING"u8);
        var call = _connection.SendAsync(command, SendMode.Asking, cancellationToken: Cancel);
        await _peer.HearAsync("*1\r\n$6\r\nASKING\r\n" + Ping);

        await _peer.SayAsync("+OK\r\n+PONG\r\n");

        using var reply = await call;
        Text(reply).ShouldBe("+PONG");
    }

    [Fact]
    public async Task APush_IsNoReply()
    {
        var call = SendAsync("PING");
        await _peer.SayAsync(">2\r\n+invalidate\r\n_\r\n+PONG\r\n");

        (await call).ShouldBe("+PONG");
    }

    [Fact]
    public async Task AnArrayThatLooksLikeAMessage_IsDataOnAnOrdinaryConnection()
    {
        var call = SendAsync("LRANGE");
        await _peer.SayAsync("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nx\r\n");

        (await call).ShouldStartWith("*3");
    }

    [Theory]
    [InlineData('>')]
    [InlineData('*')]
    public async Task ASubscription_IsConfirmedByAMessageAndHearsOthers(char type)
    {
        var peer = new ScriptedPeer();
        using var connection = Connect(message => _pushed.Add(Text(message)), peer);
        var call = connection.ConfirmAsync("SUBSCRIBE"u8.ToArray(), PushKind.Subscribe, "c", Cancel);
        await peer.HearAsync("*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nc\r\n");

        await peer.SayAsync($"{type}3\r\n$7\r\nmessage\r\n$1\r\nb\r\n$1\r\nx\r\n{type}3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n{type}3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\ny\r\n");

        await call.WaitAsync(Deadline.Token);
        await Eventually.UntilAsync(() => _pushed.Count == 2);
        _pushed.ShouldBe([$"{type}3$7message$1b$1x", $"{type}3$7message$1c$1y"]);
    }

    [Fact]
    public async Task ASubscription_IsRefusedByAnError()
    {
        var peer = new ScriptedPeer();
        using var connection = Connect(static _ => { }, peer);
        var call = connection.ConfirmAsync("SSUBSCRIBE"u8.ToArray(), PushKind.ShardSubscribe, "c", Cancel);

        await peer.SayAsync(">3\r\n$12\r\nsunsubscribe\r\n$1\r\nb\r\n:0\r\n-MOVED 1 h:2\r\n");

        (await Should.ThrowAsync<RedisServerException>(call)).Code.ShouldBe("MOVED");
    }

    private static string Text(RespReply reply) => Encoding.UTF8.GetString(reply.Bytes).Replace("\r\n", "", StringComparison.Ordinal);

    private RespConnection Connect(Action<RespReply>? pushed, ScriptedPeer? peer = null) =>
        new((peer ?? _peer).Stream, new("server.example", 6379), new() { Endpoints = [], MaxPendingCommands = MaxPendingCommands }, _time, pushed);

    private async Task<string> SendAsync(string name, string? argument = null, CancellationToken cancellationToken = default)
    {
        using var command = new RespCommand(Encoding.ASCII.GetBytes(name));
        if (argument is not null)
            command.Add(argument);
        using var reply = await _connection.SendAsync(command, cancellationToken: cancellationToken);
        return Text(reply);
    }

    private long LastReceived() => _connection.LastReceived;

    private bool HasUnsent() => _connection.UnsentBytes > 0;
}
