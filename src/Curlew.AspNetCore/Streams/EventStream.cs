using System.Buffers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Curlew;

/// <summary>Single events and comments in the event-stream format, and the head of a response that is written by hand.</summary>
public static class EventStream
{
    /// <summary>The type of the event that tells a client that the source of its stream failed: <c>stream-error</c>.</summary>
    public const string ErrorType = "stream-error";

    /// <summary>An event as it goes on the wire, with the blank line that ends it.</summary>
    /// <param name="item">The event. Its data may have any number of lines.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentException">The id has NUL, or there is a lone surrogate.</exception>
    public static string Format(SseItem<string> item) => Encoding.UTF8.GetString(Encode(item).WrittenSpan);

    /// <summary>An event with data as JSON as it goes on the wire, with the blank line that ends it.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="item">The event.</param>
    /// <param name="jsonTypeInfo">How to serialise its data.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentException">The id has NUL, or there is a lone surrogate.</exception>
    public static string Format<T>(SseItem<T> item, JsonTypeInfo<T> jsonTypeInfo) => Encoding.UTF8.GetString(Encode(item, jsonTypeInfo).WrittenSpan);

    /// <inheritdoc cref="Format(SseItem{string})"/>
    /// <returns>The bytes.</returns>
    public static byte[] ToBytes(SseItem<string> item) => Encode(item).WrittenSpan.ToArray();

    /// <inheritdoc cref="Format{T}(SseItem{T}, JsonTypeInfo{T})"/>
    /// <returns>The bytes.</returns>
    public static byte[] ToBytes<T>(SseItem<T> item, JsonTypeInfo<T> jsonTypeInfo) => Encode(item, jsonTypeInfo).WrittenSpan.ToArray();

    /// <summary>A comment as it goes on the wire, with the blank line that ends it.</summary>
    /// <param name="text">The comment, in any number of lines.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentException">There is a lone surrogate.</exception>
    public static string FormatComment(string text) => Encoding.UTF8.GetString(EncodeComment(text).WrittenSpan);

    /// <inheritdoc cref="FormatComment"/>
    /// <returns>The bytes.</returns>
    public static byte[] CommentToBytes(string text) => EncodeComment(text).WrittenSpan.ToArray();

    /// <summary>
    /// Makes a response an event stream whose body is written by hand: sets its headers (content type, no store, no buffering by proxies) and switches off
    /// what would hold it up or end it (buffering, the request's timeout, output caching, the least data rate). Limits, keep-alives and the drain are those
    /// of <c>TypedResults.EventStream</c> only.
    /// </summary>
    /// <param name="response">The response, which must not have started.</param>
    public static void SetHeaders(HttpResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        EventStreamResponse.WriteHead(response.HttpContext);
    }

    private static ArrayBufferWriter<byte> Encode(SseItem<string> item)
    {
        var output = new ArrayBufferWriter<byte>();
        EventBlock.WriteText(output, item.Data ?? "", item.EventType, item.EventId, item.ReconnectionInterval);
        return output;
    }

    private static ArrayBufferWriter<byte> Encode<T>(SseItem<T> item, JsonTypeInfo<T> jsonTypeInfo)
    {
        ArgumentNullException.ThrowIfNull(jsonTypeInfo);
        var output = new ArrayBufferWriter<byte>();
        EventBlock.WriteJson(output, item.Data, jsonTypeInfo, item.EventType, item.EventId, item.ReconnectionInterval);
        return output;
    }

    private static ArrayBufferWriter<byte> EncodeComment(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var output = new ArrayBufferWriter<byte>();
        EventBlock.WriteComment(output, text);
        return output;
    }
}
