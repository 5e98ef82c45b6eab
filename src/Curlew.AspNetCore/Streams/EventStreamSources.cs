using System.Net.ServerSentEvents;
using System.Text.Json.Serialization.Metadata;

namespace Curlew;

/// <summary>Makes the results of all kinds of sources. What they share is that the source is opened, once a request, by its stream's loop.</summary>
internal static class EventStreamSources
{
    public static EventStreamResult Items<T>(IAsyncEnumerable<T> source, JsonTypeInfo<T>? json, EventStreamOptions? options)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new(stream => new AsyncReader<T>(stream, source, EncoderOf(stream, json)), options);
    }

    public static EventStreamResult Events<T>(IAsyncEnumerable<SseItem<T>> source, JsonTypeInfo<T>? json, EventStreamOptions? options)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new(stream => new AsyncReader<SseItem<T>>(stream, source, EventEncoderOf(stream, json)), options);
    }

    public static EventStreamResult Items<T>(IEnumerable<T> source, JsonTypeInfo<T>? json, EventStreamOptions? options)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new(stream => Read(stream, source, EncoderOf(stream, json)), options);
    }

    public static EventStreamResult Events<T>(IEnumerable<SseItem<T>> source, JsonTypeInfo<T>? json, EventStreamOptions? options)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new(stream => Read(stream, source, EventEncoderOf(stream, json)), options);
    }

    public static EventStreamResult Items<T>(Func<string?, CancellationToken, IAsyncEnumerable<T>> source, JsonTypeInfo<T>? json, EventStreamOptions? options)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new(stream => new AsyncReader<T>(stream, source(stream.LastEventId, stream.Token), EncoderOf(stream, json)), options);
    }

    public static EventStreamResult Events<T>(Func<string?, CancellationToken, IAsyncEnumerable<SseItem<T>>> source, JsonTypeInfo<T>? json, EventStreamOptions? options)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new(stream => new AsyncReader<SseItem<T>>(stream, source(stream.LastEventId, stream.Token), EventEncoderOf(stream, json)), options);
    }

    public static EventStreamResult Item<T>(T item, EventStreamOptions? options)
    {
        ArgumentNullException.ThrowIfNull(item);
        return Items([item], json: null, options);
    }

    public static EventStreamResult Pushed(Func<EventStreamWriter, CancellationToken, Task> write, EventStreamOptions? options)
    {
        ArgumentNullException.ThrowIfNull(write);
        return new(stream => new PushReader(stream, write), options);
    }

    private static ItemEncoder<T> EncoderOf<T>(SourceConnection stream, JsonTypeInfo<T>? json) => new(json, stream.Json);

    private static SseItemEncoder<T> EventEncoderOf<T>(SourceConnection stream, JsonTypeInfo<T>? json) => new(EncoderOf(stream, json));

    private static SourceReader Read<TItem>(SourceConnection stream, IEnumerable<TItem> source, EventEncoder<TItem> encoder) => source switch
    {
        // A query of a database, as its static type hides.
        IAsyncEnumerable<TItem> asynchronous => new AsyncReader<TItem>(stream, asynchronous, encoder),
        ICollection<TItem> or IReadOnlyCollection<TItem> => new CollectionReader<TItem>(stream, source, encoder),
        _ => new PushReader(stream, (writer, cancellationToken) => BlockingSource.RunAsync(source, encoder, writer, cancellationToken)),
    };
}
