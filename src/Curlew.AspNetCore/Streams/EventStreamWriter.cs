using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Curlew;

/// <summary>What a delegate sends the events of its stream with.</summary>
/// <remarks>
/// <para>A call ends when what it sends has been handed over, at once as long as less than 64 KiB is waiting for the client; awaiting it is the
/// back-pressure. What is sent in quick succession leaves in one write. Calls from several tasks are sent one after the other.</para>
/// <para>All calls throw <see cref="OperationCanceledException"/> once the stream is closed or the delegate has returned, and
/// <see cref="ArgumentException"/> for text that cannot be sent: a type or an id with CR, LF or NUL, or a lone surrogate anywhere.</para>
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle, so there is nothing to dispose of.")]
public sealed class EventStreamWriter
{
    private readonly PipeWriter _output;
    private readonly JsonSerializerOptions _json;
    private readonly CancellationToken _closed;
    // Lets one writer at a time write and flush.
    private readonly SemaphoreSlim _turn = new(1, 1);
    // Counted by the writers, taken by the stream's loop.
    private int _events;
    private bool _hasEnded;

    internal EventStreamWriter(PipeWriter output, JsonSerializerOptions json, string? lastEventId, CancellationToken closed)
    {
        _output = output;
        _json = json;
        _closed = closed;
        LastEventId = lastEventId;
    }

    /// <summary>The last event id that the client had when it came back, of the header <c>Last-Event-ID</c> or of <c>?lastEventId=</c>; else <see langword="null"/>.</summary>
    public string? LastEventId { get; }

    /// <summary>Sends text as an event, as it is.</summary>
    /// <param name="data">The data, in any number of lines.</param>
    /// <param name="type">What an <c>EventSource</c> listens to; none means <c>message</c>.</param>
    /// <param name="id">The event's id.</param>
    /// <returns>A task that ends when the event has been handed over.</returns>
    public ValueTask SendAsync(string data, string? type = null, string? id = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        return SendItemAsync(new SseItem<string>(data, type) { EventId = id }, jsonTypeInfo: null);
    }

    /// <summary>Sends an object as an event, as JSON by the application's options for HTTP JSON.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="data">The data. Without a type and an id, it may be an <see cref="IServerSentEvent"/> or a dictionary with the fields of an event.</param>
    /// <param name="type">What an <c>EventSource</c> listens to; none means <c>message</c>.</param>
    /// <param name="id">The event's id.</param>
    /// <returns>A task that ends when the event has been handed over.</returns>
    public ValueTask SendAsync<T>(T data, string? type = null, string? id = null)
    {
        var encoder = new ItemEncoder<T>(jsonTypeInfo: null, _json);
        return type is null && id is null ? EncodeAsync(encoder, data) : EncodeAsync(new SseItemEncoder<T>(encoder), new SseItem<T>(data, type) { EventId = id });
    }

    /// <summary>Sends an object as an event, as JSON with the serialization metadata given.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="data">The data.</param>
    /// <param name="jsonTypeInfo">How to serialise it.</param>
    /// <param name="type">What an <c>EventSource</c> listens to; none means <c>message</c>.</param>
    /// <param name="id">The event's id.</param>
    /// <returns>A task that ends when the event has been handed over.</returns>
    public ValueTask SendAsync<T>(T data, JsonTypeInfo<T> jsonTypeInfo, string? type = null, string? id = null)
    {
        ArgumentNullException.ThrowIfNull(jsonTypeInfo);
        return SendItemAsync(new SseItem<T>(data, type) { EventId = id }, jsonTypeInfo);
    }

    /// <summary>Sends an event.</summary>
    /// <typeparam name="T">The type of the data: text and UTF-8 bytes are sent as they are, anything else as JSON.</typeparam>
    /// <param name="item">The event, with its type, id and reconnection time.</param>
    /// <returns>A task that ends when the event has been handed over.</returns>
    public ValueTask SendAsync<T>(SseItem<T> item) => SendItemAsync(item, jsonTypeInfo: null);

    /// <summary>Sends a comment, which no client dispatches.</summary>
    /// <param name="text">The comment, in any number of lines.</param>
    /// <returns>A task that ends when the comment has been handed over.</returns>
    public ValueTask CommentAsync(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return WriteAsync(static (output, text) => EventBlock.WriteComment(output, text), text, events: 0);
    }

    /// <summary>Sets how long the client waits before it reconnects.</summary>
    /// <param name="delay">Not negative; sent in whole milliseconds.</param>
    /// <returns>A task that ends when the setting has been handed over.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative.</exception>
    public ValueTask RetryAsync(TimeSpan delay) => WriteAsync(static (output, delay) => EventBlock.WriteSilent(output, id: null, delay), delay, events: 0);

    /// <summary>Sends an item from a thread that may be blocked.</summary>
    internal void Send<TItem>(EventEncoder<TItem> encoder, TItem item)
    {
        var sending = EncodeAsync(encoder, item);
        if (sending.IsCompleted)
            sending.GetAwaiter().GetResult();
        else
            sending.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>The events handed over since the last call.</summary>
    internal int TakeCount() => Interlocked.Exchange(ref _events, 0);

    /// <summary>No more is sent.</summary>
    internal async ValueTask EndAsync()
    {
        // A task that the delegate has left behind may be writing.
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        _hasEnded = true;
        await _output.CompleteAsync().ConfigureAwait(false);
        _turn.Release();
    }

    private ValueTask SendItemAsync<T>(SseItem<T> item, JsonTypeInfo<T>? jsonTypeInfo) =>
        EncodeAsync(new SseItemEncoder<T>(new(jsonTypeInfo, _json)), item);

    private ValueTask EncodeAsync<TItem>(EventEncoder<TItem> encoder, TItem item) =>
        WriteAsync(static (output, e) => e.encoder.Write(output, e.item), (encoder, item), events: 1);

    private async ValueTask WriteAsync<TState>(Action<IBufferWriter<byte>, TState> write, TState state, int events)
    {
        await _turn.WaitAsync(_closed).ConfigureAwait(false);
        try
        {
            if (_hasEnded)
                throw new OperationCanceledException("The event stream has ended: the delegate has returned.");
            write(_output, state);
            Interlocked.Add(ref _events, events);
            var result = await _output.FlushAsync(_closed).ConfigureAwait(false);
            if (result.IsCompleted)
                throw new OperationCanceledException("The event stream is closed.", _closed);
        }
        finally
        {
            _turn.Release();
        }
    }
}
