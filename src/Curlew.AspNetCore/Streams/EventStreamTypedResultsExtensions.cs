using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Curlew;

namespace Microsoft.AspNetCore.Http;

/// <summary>Adds <c>TypedResults.EventStream</c>: a stream that belongs to one request.</summary>
/// <remarks>
/// <para>The head and a first block are sent at once; items that are ready together leave in one write; a comment keeps an idle stream alive. When the client
/// leaves, the source's token is cancelled at once. When the source throws, the log has the exception and the client an event of type
/// <c>stream-error</c>. The host's stop ends the stream within <see cref="CurlewOptions.DrainPeriod"/>. It needs <c>builder.Services.AddCurlew()</c>.</para>
/// <para>Items that are an <see cref="IServerSentEvent"/>, or a dictionary or <see cref="JsonObject"/> with any of the keys <c>data</c>, <c>event</c>,
/// <c>id</c> and <c>retry</c>, are events with those fields. JSON is written as the application's options for HTTP JSON say.</para>
/// </remarks>
public static class EventStreamTypedResultsExtensions
{
    extension(TypedResults)
    {
        /// <summary>A stream of an asynchronous source: each item an event.</summary>
        /// <typeparam name="T">The type of the items: text and UTF-8 bytes are sent as they are, anything else as JSON.</typeparam>
        /// <param name="source">The source. It is disposed when the stream ends; the token that its enumerator is given is cancelled when the client leaves.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream<T>(IAsyncEnumerable<T> source, EventStreamOptions? options = null) =>
            EventStreamSources.Items(source, json: null, options);

        /// <summary>A stream of an asynchronous source: each item an event, as JSON with the serialization metadata given.</summary>
        /// <typeparam name="T">The type of the items.</typeparam>
        /// <param name="source">The source. It is disposed when the stream ends; the token that its enumerator is given is cancelled when the client leaves.</param>
        /// <param name="jsonTypeInfo">How to serialise.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream<T>(IAsyncEnumerable<T> source, JsonTypeInfo<T> jsonTypeInfo, EventStreamOptions? options = null) =>
            EventStreamSources.Items(source, jsonTypeInfo, options);

        /// <summary>A stream of an asynchronous source: events with type, id and reconnection time.</summary>
        /// <typeparam name="T">The type of the data: text and UTF-8 bytes are sent as they are, anything else as JSON.</typeparam>
        /// <param name="source">The source. It is disposed when the stream ends; the token that its enumerator is given is cancelled when the client leaves.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream<T>(IAsyncEnumerable<SseItem<T>> source, EventStreamOptions? options = null) =>
            EventStreamSources.Events(source, json: null, options);

        /// <summary>A stream of an asynchronous source: events with type, id and reconnection time, as JSON with the serialization metadata given.</summary>
        /// <typeparam name="T">The type of the data.</typeparam>
        /// <param name="source">The source. It is disposed when the stream ends; the token that its enumerator is given is cancelled when the client leaves.</param>
        /// <param name="jsonTypeInfo">How to serialise.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream<T>(IAsyncEnumerable<SseItem<T>> source, JsonTypeInfo<T> jsonTypeInfo, EventStreamOptions? options = null) =>
            EventStreamSources.Events(source, jsonTypeInfo, options);

        /// <summary>A stream of a list or another enumerable: each item an event.</summary>
        /// <typeparam name="T">The type of the items: text and UTF-8 bytes are sent as they are, anything else as JSON.</typeparam>
        /// <param name="source">The source. A collection is enumerated where it is; anything else on a thread of its own, because it may block.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream<T>(IEnumerable<T> source, EventStreamOptions? options = null) =>
            EventStreamSources.Items(source, json: null, options);

        /// <summary>A stream of a list or another enumerable: each item an event, as JSON with the serialization metadata given.</summary>
        /// <typeparam name="T">The type of the items.</typeparam>
        /// <param name="source">The source. A collection is enumerated where it is; anything else on a thread of its own, because it may block.</param>
        /// <param name="jsonTypeInfo">How to serialise.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream<T>(IEnumerable<T> source, JsonTypeInfo<T> jsonTypeInfo, EventStreamOptions? options = null) =>
            EventStreamSources.Items(source, jsonTypeInfo, options);

        /// <summary>A stream of a list or another enumerable: events with type, id and reconnection time.</summary>
        /// <typeparam name="T">The type of the data: text and UTF-8 bytes are sent as they are, anything else as JSON.</typeparam>
        /// <param name="source">The source. A collection is enumerated where it is; anything else on a thread of its own, because it may block.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream<T>(IEnumerable<SseItem<T>> source, EventStreamOptions? options = null) =>
            EventStreamSources.Events(source, json: null, options);

        /// <summary>A stream of a list or another enumerable: events with type, id and reconnection time, as JSON with the serialization metadata given.</summary>
        /// <typeparam name="T">The type of the data.</typeparam>
        /// <param name="source">The source. A collection is enumerated where it is; anything else on a thread of its own, because it may block.</param>
        /// <param name="jsonTypeInfo">How to serialise.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream<T>(IEnumerable<SseItem<T>> source, JsonTypeInfo<T> jsonTypeInfo, EventStreamOptions? options = null) =>
            EventStreamSources.Events(source, jsonTypeInfo, options);

        /// <summary>A stream of a source that resumes by the last event id: each item an event.</summary>
        /// <typeparam name="T">The type of the items: text and UTF-8 bytes are sent as they are, anything else as JSON.</typeparam>
        /// <param name="source">Makes the source of a request from the last event id that the client has, or null, and the token that is cancelled when the stream ends.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream<T>(Func<string?, CancellationToken, IAsyncEnumerable<T>> source, EventStreamOptions? options = null) =>
            EventStreamSources.Items(source, json: null, options);

        /// <summary>A stream of a source that resumes by the last event id: each item an event, as JSON with the serialization metadata given.</summary>
        /// <typeparam name="T">The type of the items.</typeparam>
        /// <param name="source">Makes the source of a request from the last event id that the client has, or null, and the token that is cancelled when the stream ends.</param>
        /// <param name="jsonTypeInfo">How to serialise.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream<T>(Func<string?, CancellationToken, IAsyncEnumerable<T>> source, JsonTypeInfo<T> jsonTypeInfo, EventStreamOptions? options = null) =>
            EventStreamSources.Items(source, jsonTypeInfo, options);

        /// <summary>A stream of a source that resumes by the last event id: events with type, id and reconnection time.</summary>
        /// <typeparam name="T">The type of the data: text and UTF-8 bytes are sent as they are, anything else as JSON.</typeparam>
        /// <param name="source">Makes the source of a request from the last event id that the client has, or null, and the token that is cancelled when the stream ends.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream<T>(Func<string?, CancellationToken, IAsyncEnumerable<SseItem<T>>> source, EventStreamOptions? options = null) =>
            EventStreamSources.Events(source, json: null, options);

        /// <summary>A stream of a source that resumes by the last event id: events with type, id and reconnection time, as JSON with the serialization metadata given.</summary>
        /// <typeparam name="T">The type of the data.</typeparam>
        /// <param name="source">Makes the source of a request from the last event id that the client has, or null, and the token that is cancelled when the stream ends.</param>
        /// <param name="jsonTypeInfo">How to serialise.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream<T>(Func<string?, CancellationToken, IAsyncEnumerable<SseItem<T>>> source, JsonTypeInfo<T> jsonTypeInfo, EventStreamOptions? options = null) =>
            EventStreamSources.Events(source, jsonTypeInfo, options);

        /// <summary>A stream of one event of text.</summary>
        /// <param name="data">The data, in any number of lines.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream(string data, EventStreamOptions? options = null) =>
            EventStreamSources.Item(data, options);

        /// <summary>A stream of one event.</summary>
        /// <typeparam name="T">The type of the data: text and UTF-8 bytes are sent as they are, anything else as JSON.</typeparam>
        /// <param name="item">The event.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream<T>(SseItem<T> item, EventStreamOptions? options = null) =>
            EventStreamSources.Events([item], json: null, options);

        /// <summary>A stream of one event with data as JSON, with the serialization metadata given.</summary>
        /// <typeparam name="T">The type of the data.</typeparam>
        /// <param name="item">The event.</param>
        /// <param name="jsonTypeInfo">How to serialise.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream<T>(SseItem<T> item, JsonTypeInfo<T> jsonTypeInfo, EventStreamOptions? options = null) =>
            EventStreamSources.Events([item], jsonTypeInfo, options);

        /// <summary>A stream of one event of a class of your own.</summary>
        /// <param name="item">The event.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream(IServerSentEvent item, EventStreamOptions? options = null) =>
            EventStreamSources.Item(item, options);

        /// <summary>A stream of one event: a dictionary with any of the keys <c>data</c>, <c>event</c>, <c>id</c> and <c>retry</c>, or else data as JSON.</summary>
        /// <param name="item">The event.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream(IReadOnlyDictionary<string, object?> item, EventStreamOptions? options = null) =>
            EventStreamSources.Item(item, options);

        /// <summary>A stream of one event: an object with any of the keys <c>data</c>, <c>event</c>, <c>id</c> and <c>retry</c>, or else data as JSON.</summary>
        /// <param name="item">The event.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream(JsonObject item, EventStreamOptions? options = null) =>
            EventStreamSources.Item(item, options);

        /// <summary>A stream that a delegate sends, until it returns.</summary>
        /// <param name="write">Sends the events. Its token is cancelled when the client leaves or the stream is closed.</param>
        /// <param name="options">How it is sent.</param>
        /// <returns>The result.</returns>
        public static EventStreamResult EventStream(Func<EventStreamWriter, CancellationToken, Task> write, EventStreamOptions? options = null) =>
            EventStreamSources.Pushed(write, options);
    }
}
