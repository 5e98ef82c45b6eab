using System.Buffers;
using System.IO.Pipelines;

namespace Curlew.Redis.Resp;

/// <summary>
/// One connection to one server. Commands of all callers go out in the order in which they were sent, as many as are waiting in one write, and replies
/// come back in that order. It never reconnects: once closed, it stays so.
/// </summary>
/// <remarks>
/// <para>Thread-safe.</para>
/// <para>A command that gets no answer in time fails alone, with an unknown outcome; its place in the line is kept and its reply, when it comes, thrown
/// away. Only when nothing at all has come for as long as the oldest command may take is the connection given up as dead, and every call with it. So a
/// server that is slow for a moment costs the calls that it was slow for, and a half-open connection does not live longer than one time-out.</para>
/// <para>When the connection ends, every call ends: with <see cref="CommandOutcome.NotSent"/> where no byte of the command was handed to the
/// operating system, with <see cref="CommandOutcome.Unknown"/> otherwise. The number of commands on their way and the bytes not yet sent are bounded.</para>
/// </remarks>
internal sealed class RespConnection : IDisposable
{
    // The most bytes that wait for the operating system to take them.
    private const int MaxUnsentBytes = 64 << 20;

    // A buffer that one large command has made larger than this is not kept.
    private const int LargestKeptBuffer = 1 << 20;

    private readonly Stream _stream;
    private readonly RedisConfiguration _configuration;
    private readonly TimeProvider _time;
    private readonly Action<RespReply>? _pushed;
    private readonly RespScanner _scanner;
    private readonly ITimer _tick;
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Protects everything below.
    private readonly Lock _lock = new();
    private readonly Queue<PendingCall> _pending = new();
    private ArrayBufferWriter<byte> _output = new();
    private ArrayBufferWriter<byte> _spare = new();
    private bool _isWriting;
    private long _enqueued;
    private long _handedOver;
    private long _lastReceived;
    private string? _end;
    private bool _isDropped;

    /// <summary>Takes over a stream, and begins to read.</summary>
    /// <param name="stream">Connected; closed with the connection.</param>
    /// <param name="endpoint">Who is at the other end.</param>
    /// <param name="configuration">Time-outs and limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="pushed">Gets the messages that answer no command; it must not block. It does not own them. Without it, such messages are thrown away.</param>
    public RespConnection(Stream stream, RedisEndpoint endpoint, RedisConfiguration configuration, TimeProvider time, Action<RespReply>? pushed = null)
    {
        _stream = stream;
        Endpoint = endpoint;
        _configuration = configuration;
        _time = time;
        _pushed = pushed;
        _scanner = new(configuration.Limits);
        _lastReceived = time.GetTimestamp();
        var interval = TimeSpan.FromTicks(Math.Clamp(configuration.CommandTimeout.Ticks / 10, TimeSpan.TicksPerMillisecond * 10, TimeSpan.TicksPerSecond));
        _tick = time.CreateTimer(static state => ((RespConnection)state!).Tick(), this, interval, interval);
        _ = ReadAsync();
    }

    public RedisEndpoint Endpoint { get; }

    /// <summary>What the handshake found out.</summary>
    public ServerGreeting Greeting { get; set; } = ServerGreeting.Unknown;

    /// <summary>Ends with the reason when the connection is closed, by whichever side. Never fails.</summary>
    public Task<string> Closed => _closed.Task;

    public bool IsClosed => _closed.Task.IsCompleted;

    /// <summary>Whether it was this process that closed it, of its own accord.</summary>
    public bool IsDropped
    {
        get
        {
            lock (_lock)
                return _isDropped;
        }
    }

    /// <summary>When something came last, as a timestamp.</summary>
    internal long LastReceived
    {
        get
        {
            lock (_lock)
                return _lastReceived;
        }
    }

    /// <summary>How much waits for the operating system to take what is before it.</summary>
    internal int UnsentBytes
    {
        get
        {
            lock (_lock)
                return _output.WrittenCount;
        }
    }

    /// <summary>Sends a command.</summary>
    /// <param name="command">The command; copied before this returns.</param>
    /// <param name="mode">How to send it.</param>
    /// <param name="timeout">How long to wait for the answer; the configured time if not given.</param>
    /// <param name="cancellationToken">Gives up waiting; the outcome is unknown then.</param>
    /// <returns>The reply, which the caller owns.</returns>
    /// <exception cref="RedisServerException">The server refused.</exception>
    /// <exception cref="RedisConnectionException">No answer came.</exception>
    public async Task<RespReply> SendAsync(
        RespCommand command, SendMode mode = SendMode.Plain, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        command.ThrowIfDisposed();
        var isAsking = mode.HasFlag(SendMode.Asking);
        var call = new PendingCall(isAsking ? 2 : 1) { Timeout = timeout ?? _configuration.CommandTimeout };
        lock (_lock)
        {
            BeginCall(call);
            if (isAsking)
                _output.Write("*1\r\n$6\r\nASKING\r\n"u8);
            command.WriteTo(_output, mode.HasFlag(SendMode.ScriptInFull));
            EndCall(call);
        }

        return await WaitAsync(call, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends commands as one transaction (MULTI, EXEC), in one piece.</summary>
    /// <param name="commands">The commands. Scripts go in full: within a transaction there is no second try.</param>
    /// <param name="isAsking">Whether to say ASKING before.</param>
    /// <param name="cancellationToken">Gives up waiting; the outcome is unknown then.</param>
    /// <returns>The array of results, some of which may be errors.</returns>
    /// <exception cref="RedisServerException">A command was refused when it was queued, and nothing has run.</exception>
    /// <exception cref="RedisConnectionException">No answer came.</exception>
    public async Task<RespReply> TransactAsync(IReadOnlyList<RespCommand> commands, bool isAsking, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var command in commands)
            command.ThrowIfDisposed();
        var call = new PendingCall(commands.Count + (isAsking ? 3 : 2)) { Timeout = _configuration.CommandTimeout };
        lock (_lock)
        {
            BeginCall(call);
            if (isAsking)
                _output.Write("*1\r\n$6\r\nASKING\r\n"u8);
            _output.Write("*1\r\n$5\r\nMULTI\r\n"u8);
            foreach (var command in commands)
                command.WriteTo(_output, scriptInFull: true);
            _output.Write("*1\r\n$4\r\nEXEC\r\n"u8);
            EndCall(call);
        }

        return await WaitAsync(call, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a command that a push message of a certain kind answers: SUBSCRIBE and its like, for one channel.</summary>
    /// <param name="verb">The command.</param>
    /// <param name="kind">The message's kind.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>A task that ends when the server has confirmed.</returns>
    public async Task ConfirmAsync(ReadOnlyMemory<byte> verb, string kind, string channel, CancellationToken cancellationToken)
    {
        var call = new PendingCall(1) { Timeout = _configuration.CommandTimeout, Confirmation = kind };
        using (var command = new RespCommand(verb.Span).Add(channel))
        {
            lock (_lock)
            {
                BeginCall(call);
                command.WriteTo(_output);
                EndCall(call);
            }
        }

        using var reply = await WaitAsync(call, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the connection and every call on it.</summary>
    /// <param name="reason">Why, for whoever waits; the server's address is added.</param>
    /// <param name="exception">The fault that it fails by; none where this process wants no more of it.</param>
    public void Close(string reason, Exception? exception = null)
    {
        reason = $"The connection to Redis at {Endpoint} has ended: {reason}";
        PendingCall[] calls;
        long handedOver;
        lock (_lock)
        {
            if (_end is not null)
                return;
            _end = reason;
            _isDropped = exception is null;
            calls = [.. _pending];
            _pending.Clear();
            handedOver = _handedOver;
        }

        _tick.Dispose();
        _stream.Dispose();
        foreach (var call in calls)
            call.TrySetException(new RedisConnectionException(reason, call.Start >= handedOver ? CommandOutcome.NotSent : CommandOutcome.Unknown, exception));
        _closed.TrySetResult(reason);
    }

    /// <inheritdoc/>
    public void Dispose() => Close("closed by this program.");

    private static async Task<RespReply> WaitAsync(PendingCall call, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((PendingCall)state!).TrySetCanceled(token), call);
        return await call.Task.ConfigureAwait(false);
    }

    private void BeginCall(PendingCall call)
    {
        if (_end is not null)
            throw new RedisConnectionException(_end, CommandOutcome.NotSent);
        if (_pending.Count >= _configuration.MaxPendingCommands || _output.WrittenCount >= MaxUnsentBytes)
            throw new RedisConnectionException($"Too many commands wait for Redis at {Endpoint}.", CommandOutcome.NotSent);
        call.Start = _enqueued;
        _enqueued -= _output.WrittenCount;
    }

    private void EndCall(PendingCall call)
    {
        _enqueued += _output.WrittenCount;
        call.SentAt = _time.GetTimestamp();
        _pending.Enqueue(call);
        if (_isWriting)
            return;
        // Not on the caller's thread: what others send in the meantime goes out in the same write.
        _isWriting = true;
        ThreadPool.UnsafeQueueUserWorkItem(static connection => _ = connection.WriteAsync(), this, preferLocal: false);
    }

    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                ArrayBufferWriter<byte> bytes;
                lock (_lock)
                {
                    if (_output.WrittenCount == 0 || _end is not null)
                    {
                        _isWriting = false;
                        return;
                    }

                    (bytes, _output) = (_output, _spare);
                    _handedOver = _enqueued;
                }

                await _stream.WriteAsync(bytes.WrittenMemory).ConfigureAwait(false);
                bytes.ResetWrittenCount();
                lock (_lock)
                    _spare = bytes.Capacity > LargestKeptBuffer ? new() : bytes;
            }
        }
        catch (Exception e)
        {
            Close(e.Message, e);
        }
    }

    private async Task ReadAsync()
    {
        var reader = PipeReader.Create(_stream, new(bufferSize: 32 * 1024, minimumReadSize: 4 * 1024, leaveOpen: true));
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync().ConfigureAwait(false);
                lock (_lock)
                    _lastReceived = _time.GetTimestamp();
                var input = result.Buffer;
                while (_scanner.TryRead(ref input, out var reply))
                    Take(reply);
                reader.AdvanceTo(input.Start, input.End);
                if (result.IsCompleted)
                    throw new EndOfStreamException("the server closed it.");
            }
        }
        catch (Exception e)
        {
            Close(e.Message, e);
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    private void Take(RespReply reply)
    {
        var kind = GetPushKind(reply, isArrayPush: _pushed is not null);
        lock (_lock)
        {
            if (_end is not null)
            {
                reply.Dispose();
                return;
            }

            var isAnswer = _pending.TryPeek(out var call) && call.Confirmation == kind;
            // An error takes the place of a confirmation.
            isAnswer |= kind is null && call?.Confirmation is not null && reply.Type is RespType.Error or RespType.BulkError;
            if (isAnswer)
            {
                if (call!.Take(reply))
                    _pending.Dequeue();
                return;
            }
        }

        using (reply)
        {
            // With an error that answers nothing a server says why it hangs up: too many clients, or a client that it kills.
            if (kind is null && reply.Type is RespType.Error)
                throw new IOException($"the server said '{reply.Read().ReadError().Message}'.");
            if (kind is null)
                throw new RespProtocolException("a reply came that no command asked for.");
            _pushed?.Invoke(reply);
        }
    }

    /// <summary>
    /// The kind of a push message; null for a reply. Before RESP3 a message is an array, told by its first word, which only a connection that is for
    /// pub/sub alone may look at: elsewhere it could be data.
    /// </summary>
    private static string? GetPushKind(RespReply reply, bool isArrayPush)
    {
        var isPush = reply.Type == RespType.Push;
        if (!isPush && !(isArrayPush && reply.Type == RespType.Array))
            return null;
        var reader = reply.Read();
        if (reader.ReadArray() == 0 || (!isPush && reader.Type != RespType.BulkString))
            return null;
        var word = reader.ReadBytes();
        return PushKind.Find(word) ?? (isPush ? "" : null);
    }

    private void Tick()
    {
        string? reason = null;
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            var silence = _time.GetElapsedTime(_lastReceived, now);
            if (_end is not null)
                return;
            if (_pending.TryPeek(out var oldest))
            {
                var age = _time.GetElapsedTime(oldest.SentAt, now);
                if (age > oldest.Timeout && silence > oldest.Timeout)
                    reason = $"nothing has come for {Seconds(oldest.Timeout)}.";
                else
                    FailLateCalls(now);
            }
            else if (silence > _configuration.KeepAlive)
            {
                var ping = new PendingCall(1) { Timeout = _configuration.CommandTimeout };
                BeginCall(ping);
                _output.Write("*1\r\n$4\r\nPING\r\n"u8);
                EndCall(ping);
                _ = ForgetAsync(ping);
            }
        }

        if (reason is not null)
            Close(reason, new TimeoutException(reason));

        static async Task ForgetAsync(PendingCall ping)
        {
            try
            {
                using var reply = await ping.Task.ConfigureAwait(false);
            }
            catch (Exception e) when (e is RedisServerException or RedisConnectionException)
            {
                // Any answer is a sign of life, and the end of the connection is told to those who wait for something.
            }
        }
    }

    private void FailLateCalls(long now)
    {
        foreach (var call in _pending)
        {
            if (call.Task.IsCompleted || _time.GetElapsedTime(call.SentAt, now) <= call.Timeout)
                continue;
            var reason = $"Redis at {Endpoint} did not answer within {Seconds(call.Timeout)}.";
            call.TrySetException(new RedisConnectionException(reason, CommandOutcome.Unknown, new TimeoutException(reason)));
        }
    }

    private static string Seconds(TimeSpan time) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
