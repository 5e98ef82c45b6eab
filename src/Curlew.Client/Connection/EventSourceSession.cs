using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Curlew.Protocol;

namespace Curlew.Client;

/// <summary>
/// What one reader of a source does: connect, read, find out what an end means, wait, connect again. Its calls follow each other; only
/// <see cref="Abandon"/> may come from elsewhere.
/// </summary>
internal sealed class EventSourceSession : IDisposable
{
    private const int Idle = 0, Busy = 1, Abandoned = 2;

    private readonly EventSource _source;
    private readonly EventSourceOptions _options;
    private readonly EventStreamParser _parser;
    private readonly ClientMetrics _metrics;
    private readonly CancellationToken _cancel;
    private readonly CancellationTokenSource _stop;

    // Who closes the connection when the source is disposed: a busy reader itself, else the one who disposes.
    private int _occupation = Idle;

    private CancellationTokenSource? _deadline;
    private CancellationTokenRegistration _stopsDeadline;
    private HttpResponseMessage? _response;
    private Stream? _body;
    private long _openedAt;
    private long _events;
    private int _uncounted;
    private bool _isDown;
    private Exception? _error;
    private int _failures;

    public EventSourceSession(EventSource source, CancellationToken cancel)
    {
        _source = source;
        _options = source.Options;
        _parser = source.Parser;
        _metrics = new(source.Url);
        _cancel = cancel;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(source.Lifetime, cancel);
    }

    /// <summary>Makes a connection, however long that takes.</summary>
    /// <returns>Whether there is one; if not, the sequence ends.</returns>
    public async ValueTask<bool> ConnectAsync()
    {
        if (!TryOccupy())
            return false;
        try
        {
            _stop.Token.ThrowIfCancellationRequested();
            do
            {
                if (_isDown && !await WaitAsync().ConfigureAwait(false))
                    return false;
                _source.Tell(new(EventSourceState.Connecting));
            }
            while (!await OpenAsync().ConfigureAwait(false));

            if (_body is null)
                return false;
            _source.Tell(new(EventSourceState.Open));
            return true;
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            _cancel.ThrowIfCancellationRequested();
            return false;
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Reads the next bytes.</summary>
    /// <returns>Whether there are some; if not, the connection is closed.</returns>
    public ValueTask<bool> FillAsync()
    {
        if (_body is null || !TryOccupy())
            return new(false);
        CountEvents();
        ValueTask<int> reading;
        try
        {
            reading = _body.ReadAsync(_parser.GetMemory(), _deadline!.Token);
        }
        catch (Exception e)
        {
            reading = ValueTask.FromException<int>(e);
        }

        if (!reading.IsCompletedSuccessfully)
            return FillAsync(reading);
        var count = reading.Result;
        if (count == 0)
            return FillAsync(new ValueTask<int>(0));
        Take(count);
        Release();
        return new(true);
    }

    /// <summary>Takes the next message from the bytes read.</summary>
    public bool TryRead<T>(SseItemParser<T> parse, out EventSourceMessage<T> message)
    {
        message = default;
        if (_stop.IsCancellationRequested)
            return false;
        if (!TryReadItem(out var item, out var id))
            return false;
        switch (item.Kind)
        {
            case EventStreamItemKind.Id:
                message = new(EventSourceMessageKind.Id, id);
                return true;
            case EventStreamItemKind.Comment:
                message = new(EventSourceMessageKind.Comment, id, item.GetData());
                return true;
        }

        var type = item.Type;
        if (TryReadGap(item, type, id, out var gap))
            message = new(gap, id);
        else
            message = new(new SseItem<T>(parse(type, item.DataUtf8), type) { EventId = OrNull(id) }, id);
        return true;
    }

    /// <summary>Takes the next event from the bytes read; a gap is one.</summary>
    public bool TryRead(out SseItem<string> result)
    {
        while (!_stop.IsCancellationRequested && TryReadItem(out var item, out var id))
        {
            if (item.Kind != EventStreamItemKind.Event)
                continue;
            result = new(item.GetData(), item.Type) { EventId = OrNull(id) };
            return true;
        }

        result = default;
        return false;
    }

    /// <summary>Takes the next event from the bytes read.</summary>
    /// <exception cref="EventStreamGapException">There is a gap, which has no place among parsed events.</exception>
    public bool TryRead<T>(SseItemParser<T> parse, out SseItem<T> result)
    {
        while (!_stop.IsCancellationRequested && TryReadItem(out var item, out var id))
        {
            if (item.Kind != EventStreamItemKind.Event)
                continue;
            var type = item.Type;
            if (TryReadGap(item, type, id, out var gap))
                throw new EventStreamGapException(gap);
            result = new(parse(type, item.DataUtf8), type) { EventId = OrNull(id) };
            return true;
        }

        result = default;
        return false;
    }

    /// <summary>Closes the connection of a reader that may never come back. The source's lifetime has ended before.</summary>
    /// <returns>Whether nothing is left for the reader to close.</returns>
    public bool Abandon()
    {
        if (Interlocked.Exchange(ref _occupation, Abandoned) == Busy)
            return false;
        Close();
        return true;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _occupation, Abandoned) != Abandoned)
            Close();
        _stop.Dispose();
        _source.EndSession();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync(ValueTask<int> reading)
    {
        try
        {
            var count = await WatchAsync(reading, _deadline!).ConfigureAwait(false);
            if (count > 0)
            {
                Take(count);
                return true;
            }

            CloseAfter(null);
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            _cancel.ThrowIfCancellationRequested();
        }
        catch (Exception e) when (IsNetworkFailure(e))
        {
            CloseAfter(_deadline!.IsCancellationRequested ? new TimeoutException($"Nothing came from the server for {_options.IdleTimeout}.", e) : e);
        }
        finally
        {
            Release();
        }

        return false;
    }

    private void Take(int count)
    {
        _parser.Advance(count);
        _metrics.Received(count);
    }

    private bool TryReadItem(out EventStreamItem item, out string id)
    {
        try
        {
            if (!_parser.TryRead(out item))
            {
                id = "";
                return false;
            }
        }
        catch (EventStreamTooLargeException e)
        {
            CloseAfter(e);
            item = default;
            id = "";
            return false;
        }

        id = item.LastEventId;
        if (!ReferenceEquals(id, _source.LastEventId))
            _source.LastEventId = id;
        if (item.Kind == EventStreamItemKind.Event)
        {
            _events++;
            _uncounted++;
        }

        return true;
    }

    private static bool TryReadGap(EventStreamItem item, string type, string id, [NotNullWhen(true)] out EventStreamGap? gap)
    {
        gap = null;
        return EventStreamGap.IsGapType(type) && EventStreamGap.TryRead(new(item.GetData(), type) { EventId = OrNull(id) }, out gap);
    }

    private static string? OrNull(string id) => id.Length > 0 ? id : null;

    /// <summary>Counts the events that were handed out since the last time: once for each read, not for each event.</summary>
    private void CountEvents()
    {
        if (_uncounted == 0)
            return;
        _metrics.EventsRead(_uncounted);
        _uncounted = 0;
    }

    private static bool IsNetworkFailure(Exception e) =>
        // A handler lets a bare SocketException out when a connection is reset between being made and being used. InvalidDataException: what a
        // decompressing handler says of a stream that was cut.
        e is HttpRequestException or IOException or SocketException or TimeoutException or OperationCanceledException or InvalidDataException;

    private static bool IsRetried(Exception? error) => error switch
    {
        null => true,
        EventStreamResponseException { StatusCode: HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError } => true,
        _ => IsNetworkFailure(error),
    };

    private ValueTask<int> WatchAsync(ValueTask<int> reading, CancellationTokenSource deadline) =>
        reading.IsCompleted || _options.IdleTimeout is not { } idle ? reading : WatchAsync(reading, deadline, idle);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<int> WatchAsync(ValueTask<int> reading, CancellationTokenSource deadline, TimeSpan idle)
    {
        deadline.CancelAfter(idle);
        var count = await reading.ConfigureAwait(false);
        // What the reader does with the events takes as long as it takes.
        deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        return count;
    }

    /// <summary>Tells the failure, and waits as long as the policy says.</summary>
    /// <returns>Whether to connect again.</returns>
    private async ValueTask<bool> WaitAsync()
    {
        _isDown = false;
        var delay = IsRetried(_error) ? DefaultDelay() : (TimeSpan?)null;
        var failure = new ConnectionFailure(_error, _failures, delay);
        if (_options.RetryPolicy is { } policy)
            delay = policy(failure);
        if (delay is not { } wait)
        {
            _source.Tell(new(EventSourceState.Closed, failure));
            if (_error is not null)
                ExceptionDispatchInfo.Throw(_error);
            return false;
        }

        _source.Tell(new(EventSourceState.Connecting, failure, wait));
        await Task.Delay(wait, _options.TimeProvider, _stop.Token).ConfigureAwait(false);
        _metrics.Reconnecting(_error);
        return true;
    }

    private TimeSpan DefaultDelay()
    {
        var delay = Backoff.Next(_parser.ReconnectionTime ?? _options.ReconnectionTime, _failures, _options.MaxReconnectionDelay, _options.Random);
        return _error is EventStreamResponseException { RetryAfter: { } asked } && asked > delay ? asked : delay;
    }

    /// <summary>Makes one attempt.</summary>
    /// <returns>Whether it is settled: there is a connection, or there is to be none.</returns>
    private async ValueTask<bool> OpenAsync()
    {
        using var activity = ClientMetrics.StartConnect(_source.Url);
        _deadline = new(_options.ResponseTimeout ?? Timeout.InfiniteTimeSpan, _options.TimeProvider);
        _stopsDeadline = _stop.Token.UnsafeRegister(static deadline => ((CancellationTokenSource)deadline!).Cancel(), _deadline);
        try
        {
            _response = await EventStreamRequest.SendAsync(_source, _deadline.Token).ConfigureAwait(false);
            activity?.SetTag("http.response.status_code", (int)_response.StatusCode);
            if (_response.StatusCode == HttpStatusCode.NoContent)
            {
                Close();
                return true;
            }

            await EventStreamRequest.EnsureEventStreamAsync(_response, _options.TimeProvider, _deadline.Token).ConfigureAwait(false);
            _body = await _response.Content.ReadAsStreamAsync(_deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!_stop.IsCancellationRequested && (IsNetworkFailure(e) || e is EventStreamResponseException or NotSupportedException))
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            CloseAfter(e switch
            {
                OperationCanceledException when _deadline.IsCancellationRequested => new TimeoutException($"The server did not answer within {_options.ResponseTimeout}.", e),
                // The timeout of a client that was given.
                OperationCanceledException => new TimeoutException(e.Message, e),
                _ => e,
            });
            return false;
        }

        _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        _parser.Reset();
        _events = 0;
        _openedAt = _options.TimeProvider.GetTimestamp();
        _source.ResponseUrl = _response.RequestMessage?.RequestUri ?? _source.Url;
        _metrics.Opened();
        return true;
    }

    /// <summary>Closes the connection, and keeps what ended it for the next call of <see cref="ConnectAsync"/>.</summary>
    private void CloseAfter(Exception? error)
    {
        // A server that ends a stream with events in it does as it means to; one that breaks it, or ends it empty, may be in trouble.
        var isHealthy = _body is not null
            && ((error is null && _events > 0) || _options.TimeProvider.GetElapsedTime(_openedAt) >= _options.HealthyAfter);
        Close();
        _failures = isHealthy ? 1 : _failures + 1;
        _error = error;
        _isDown = true;
    }

    private void Close()
    {
        CountEvents();
        if (_body is not null)
            _metrics.Closed(_options.TimeProvider.GetElapsedTime(_openedAt));
        _body = null;
        _response?.RequestMessage?.Dispose();
        _response?.Dispose();
        _response = null;
        _stopsDeadline.Dispose();
        _deadline?.Dispose();
        _deadline = null;
    }

    private bool TryOccupy()
    {
        if (Interlocked.CompareExchange(ref _occupation, Busy, Idle) == Idle)
            return true;
        _cancel.ThrowIfCancellationRequested();
        return false;
    }

    private void Release()
    {
        if (_stop.IsCancellationRequested)
            Close();
        if (Interlocked.CompareExchange(ref _occupation, Idle, Busy) == Abandoned)
            Close();
    }
}
