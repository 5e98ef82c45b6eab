using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Curlew;

namespace Microsoft.AspNetCore.Http;

/// <summary>Adds <c>Results.EventStream</c>: the results of <c>TypedResults.EventStream</c> as <see cref="IResult"/>, for handlers that return others too.</summary>
public static class EventStreamResultsExtensions
{
    extension(Results)
    {
        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream{T}(IAsyncEnumerable{T}, EventStreamOptions?)"/>
        public static IResult EventStream<T>(IAsyncEnumerable<T> source, EventStreamOptions? options = null) =>
            EventStreamSources.Items(source, json: null, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream{T}(IAsyncEnumerable{T}, JsonTypeInfo{T}, EventStreamOptions?)"/>
        public static IResult EventStream<T>(IAsyncEnumerable<T> source, JsonTypeInfo<T> jsonTypeInfo, EventStreamOptions? options = null) =>
            EventStreamSources.Items(source, jsonTypeInfo, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream{T}(IAsyncEnumerable{SseItem{T}}, EventStreamOptions?)"/>
        public static IResult EventStream<T>(IAsyncEnumerable<SseItem<T>> source, EventStreamOptions? options = null) =>
            EventStreamSources.Events(source, json: null, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream{T}(IAsyncEnumerable{SseItem{T}}, JsonTypeInfo{T}, EventStreamOptions?)"/>
        public static IResult EventStream<T>(IAsyncEnumerable<SseItem<T>> source, JsonTypeInfo<T> jsonTypeInfo, EventStreamOptions? options = null) =>
            EventStreamSources.Events(source, jsonTypeInfo, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream{T}(IEnumerable{T}, EventStreamOptions?)"/>
        public static IResult EventStream<T>(IEnumerable<T> source, EventStreamOptions? options = null) =>
            EventStreamSources.Items(source, json: null, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream{T}(IEnumerable{T}, JsonTypeInfo{T}, EventStreamOptions?)"/>
        public static IResult EventStream<T>(IEnumerable<T> source, JsonTypeInfo<T> jsonTypeInfo, EventStreamOptions? options = null) =>
            EventStreamSources.Items(source, jsonTypeInfo, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream{T}(IEnumerable{SseItem{T}}, EventStreamOptions?)"/>
        public static IResult EventStream<T>(IEnumerable<SseItem<T>> source, EventStreamOptions? options = null) =>
            EventStreamSources.Events(source, json: null, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream{T}(IEnumerable{SseItem{T}}, JsonTypeInfo{T}, EventStreamOptions?)"/>
        public static IResult EventStream<T>(IEnumerable<SseItem<T>> source, JsonTypeInfo<T> jsonTypeInfo, EventStreamOptions? options = null) =>
            EventStreamSources.Events(source, jsonTypeInfo, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream{T}(Func{string, CancellationToken, IAsyncEnumerable{T}}, EventStreamOptions?)"/>
        public static IResult EventStream<T>(Func<string?, CancellationToken, IAsyncEnumerable<T>> source, EventStreamOptions? options = null) =>
            EventStreamSources.Items(source, json: null, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream{T}(Func{string, CancellationToken, IAsyncEnumerable{T}}, JsonTypeInfo{T}, EventStreamOptions?)"/>
        public static IResult EventStream<T>(Func<string?, CancellationToken, IAsyncEnumerable<T>> source, JsonTypeInfo<T> jsonTypeInfo, EventStreamOptions? options = null) =>
            EventStreamSources.Items(source, jsonTypeInfo, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream{T}(Func{string, CancellationToken, IAsyncEnumerable{SseItem{T}}}, EventStreamOptions?)"/>
        public static IResult EventStream<T>(Func<string?, CancellationToken, IAsyncEnumerable<SseItem<T>>> source, EventStreamOptions? options = null) =>
            EventStreamSources.Events(source, json: null, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream{T}(Func{string, CancellationToken, IAsyncEnumerable{SseItem{T}}}, JsonTypeInfo{T}, EventStreamOptions?)"/>
        public static IResult EventStream<T>(Func<string?, CancellationToken, IAsyncEnumerable<SseItem<T>>> source, JsonTypeInfo<T> jsonTypeInfo, EventStreamOptions? options = null) =>
            EventStreamSources.Events(source, jsonTypeInfo, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream(string, EventStreamOptions?)"/>
        public static IResult EventStream(string data, EventStreamOptions? options = null) =>
            EventStreamSources.Item(data, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream{T}(SseItem{T}, EventStreamOptions?)"/>
        public static IResult EventStream<T>(SseItem<T> item, EventStreamOptions? options = null) =>
            EventStreamSources.Events([item], json: null, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream{T}(SseItem{T}, JsonTypeInfo{T}, EventStreamOptions?)"/>
        public static IResult EventStream<T>(SseItem<T> item, JsonTypeInfo<T> jsonTypeInfo, EventStreamOptions? options = null) =>
            EventStreamSources.Events([item], jsonTypeInfo, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream(IServerSentEvent, EventStreamOptions?)"/>
        public static IResult EventStream(IServerSentEvent item, EventStreamOptions? options = null) =>
            EventStreamSources.Item(item, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream(IReadOnlyDictionary{string, object}, EventStreamOptions?)"/>
        public static IResult EventStream(IReadOnlyDictionary<string, object?> item, EventStreamOptions? options = null) =>
            EventStreamSources.Item(item, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream(JsonObject, EventStreamOptions?)"/>
        public static IResult EventStream(JsonObject item, EventStreamOptions? options = null) =>
            EventStreamSources.Item(item, options);

        /// <inheritdoc cref="EventStreamTypedResultsExtensions.EventStream(Func{EventStreamWriter, CancellationToken, Task}, EventStreamOptions?)"/>
        public static IResult EventStream(Func<EventStreamWriter, CancellationToken, Task> write, EventStreamOptions? options = null) =>
            EventStreamSources.Pushed(write, options);
    }
}
