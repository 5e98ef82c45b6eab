using System.Text;
using Curlew.Protocol;
using Curlew.Redis.Resp;

namespace Curlew.Redis;

/// <summary>
/// One connection on which the tails of several streams wait together, by XREAD BLOCK. Who has been given a page is left out until he asks for the next;
/// who asks while the others wait has the read ended, and begun anew with him.
/// </summary>
/// <remarks>
/// After each page, and where there was none for the block time, the stream's state is asked for over the same connection: what was read, and what is said
/// of it, are of the same server.
/// </remarks>
internal sealed class BlockingReader : IAsyncDisposable
{
    private const int PageBytes = 8 * 1024 * 1024;

    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly IRedisSession _session;
    private readonly int _readCount;
    private readonly TimeSpan _block;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();

    // Protects the requests, the news of them, and the loop.
    private readonly Lock _lock = new();
    private readonly List<TailRequest> _requests = [];
    private TaskCompletionSource _news = NewNews();
    private Task? _loop;

    // Written and read by the loop alone.
    private double _meanSize = 1024;

    public BlockingReader(IRedisSession session, int readCount, TimeSpan block, TimeSpan commandTimeout, TimeProvider time)
    {
        _session = session;
        _readCount = readCount;
        _block = block;
        // An answer comes within the block time and the command's, or not at all: what takes longer waits for a connection.
        _patience = block + commandTimeout + TimeSpan.FromSeconds(1);
        _time = time;
    }

    /// <summary>Reads on.</summary>
    /// <exception cref="RedisConnectionException">The connection was lost, or there is none.</exception>
    /// <exception cref="RedisServerException">The server refused.</exception>
    public async Task<TailAnswer> ReadAsync(TailRequest request, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _requests.Add(request);
            _loop ??= Task.Run(RunAsync, CancellationToken.None);
            _news.TrySetResult();
        }

        using (cancellationToken.UnsafeRegister(static (state, cancelled) => ((TailRequest)state!).TrySetCanceled(cancelled), request))
            return await request.Task.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_loop is not null)
            await _loop.ConfigureAwait(false);
        await _session.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static TaskCompletionSource NewNews() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            TailRequest[] requests;
            Task news;
            lock (_lock)
            {
                _requests.RemoveAll(static request => request.Task.IsCompleted);
                requests = [.. _requests];
                if (_news.Task.IsCompleted)
                    _news = NewNews();
                news = _news.Task;
            }

            try
            {
                if (requests.Length == 0)
                    await news.WaitAsync(_stopping.Token).ConfigureAwait(false);
                else
                    await ReadAsync(requests, news).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                Fail(new RedisConnectionException("The application stops.", CommandOutcome.NotSent));
            }
            catch (Exception e)
            {
                Fail(e);
            }
        }
    }

    private async Task ReadAsync(TailRequest[] requests, Task news)
    {
        var connection = _session.Connections;
        Dictionary<TailRequest, EntryPage> pages = [];
        if (Array.TrueForAll(requests, static request => request.MayWait))
        {
            using var command = Command(requests);
            using var reply = await SendAsync(command, _block, news).ConfigureAwait(false);
            if (!reply.IsNull)
                Parse(reply, requests, pages);
        }

        foreach (var request in requests)
        {
            var hasPage = pages.TryGetValue(request, out var page);
            if (!hasPage && request.MayWait && _time.GetElapsedTime(request.AskedAt) < _block)
                continue;
            if (!hasPage)
                page = new([], 0, EventId.Zero);
            try
            {
                var answer = await AskStateAsync(request, page).ConfigureAwait(false);
                // Another connection may be to another server, which may never have had what was read: all is read again.
                if (_session.Connections != connection)
                    return;
                request.TrySetResult(answer);
            }
            catch (RedisServerException e)
            {
                // A key that is no stream is the trouble of its hub alone.
                request.TrySetException(e);
            }
        }
    }

    private RespCommand Command(TailRequest[] requests)
    {
        // So few that the reply is not much larger than this, if events stay about as large as they were.
        var count = Math.Clamp((long)(PageBytes / _meanSize), 1, _readCount);
        var command = new RespCommand("XREAD"u8).Add("COUNT"u8).Add(count).Add("BLOCK"u8).Add((long)_block.TotalMilliseconds).Add("STREAMS"u8);
        // No slot is wanted of them: the session knows its server.
        foreach (var request in requests)
            command.Add(request.Key);
        foreach (var request in requests)
            command.Add(request.After.ToString());
        return command;
    }

    private void Parse(RespReply reply, TailRequest[] requests, Dictionary<TailRequest, EntryPage> pages)
    {
        var streams = StreamReplyReader.OfRead(reply.Read());
        while (streams.TryReadStream(out var key))
        {
            var name = Encoding.UTF8.GetString(key);
            var request = Array.Find(requests, request => request.Key == name) ?? throw new RespProtocolException("A stream was answered that was not asked for.");
            var page = EntryPage.Read(ref streams, request.Format, request.Skipped);
            pages.Add(request, page);
            foreach (var frame in page.Frames)
                _meanSize += (frame.Length - _meanSize) / 64;
        }
    }

    private async Task<TailAnswer> AskStateAsync(TailRequest request, EntryPage page)
    {
        using var command = new RespCommand(StreamState.Script, 1).AddKey(request.Key).Add(request.After.ToString()).Add(page.Last.ToString());
        using var reply = await SendAsync(command, TimeSpan.Zero, Never).ConfigureAwait(false);
        return Read(reply);

        TailAnswer Read(RespReply reply)
        {
            var reader = reply.Read();
            Span<bool> found = stackalloc bool[2];
            var state = StreamState.Read(ref reader, found);
            return new(page, state, found[0], found[1]);
        }
    }

    /// <summary>Sends a command, ends its block where there is news, and tells those who wait where there has been no connection for long.</summary>
    private async Task<RespReply> SendAsync(RespCommand command, TimeSpan block, Task news)
    {
        var send = _session.SendAsync(command, block, _stopping.Token);
        var unblockDelay = TimeSpan.FromMilliseconds(1);
        using var patience = new PeriodicTimer(_patience, _time);
        var impatient = patience.WaitForNextTickAsync(_stopping.Token).AsTask();
        while (!send.IsCompleted)
        {
            await Task.WhenAny(send, news, impatient).ConfigureAwait(false);
            if (impatient.IsCompleted)
            {
                await impatient.ConfigureAwait(false);
                impatient = patience.WaitForNextTickAsync(_stopping.Token).AsTask();
                Fail(new RedisConnectionException("There is no connection to Redis.", CommandOutcome.NotSent));
            }
            else if (news.IsCompleted)
            {
                // The command may not have arrived yet: then nobody waits, and it is tried again.
                if (!await TryUnblockAsync().ConfigureAwait(false))
                    await Task.WhenAny(send, Task.Delay(unblockDelay, _time, _stopping.Token)).ConfigureAwait(false);
                unblockDelay = TimeSpan.FromMilliseconds(Math.Min(unblockDelay.TotalMilliseconds * 2, 250));
            }
        }

        return await send.ConfigureAwait(false);
    }

    private async Task<bool> TryUnblockAsync()
    {
        try
        {
            return await _session.UnblockAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RedisConnectionException or RedisServerException)
        {
            return false;
        }
    }

    private void Fail(Exception cause)
    {
        TailRequest[] requests;
        lock (_lock)
        {
            requests = [.. _requests];
            _requests.Clear();
        }

        foreach (var request in requests)
            request.TrySetException(cause);
    }
}
