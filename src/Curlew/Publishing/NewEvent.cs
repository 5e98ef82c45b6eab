using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Curlew.Protocol;

namespace Curlew;

/// <summary>An event as a publisher hands it in, checked, before a log gives it an id. Immutable.</summary>
public sealed class NewEvent
{
    /// <summary>The longest type, in characters: 256.</summary>
    public const int MaxTypeLength = 256;

    /// <summary>The type of the event that tells a client of a gap. Nobody can publish it.</summary>
    public const string GapType = "gap";

    /// <summary>Creates an event from its bytes.</summary>
    /// <param name="topics">At least one topic, by the rules of <see cref="Topic"/>. A client that matches several receives the event once.</param>
    /// <param name="data">Well-formed UTF-8. The memory is kept, so it must not change afterwards.</param>
    /// <param name="type">What an <c>EventSource</c> listens to; none means <c>message</c>.</param>
    /// <param name="retry">Sets how long the clients that receive the event wait before they reconnect, in whole milliseconds.</param>
    /// <param name="occurredAt">When it happened; see <see cref="OccurredAt"/>.</param>
    /// <exception cref="InvalidEventException">Something is wrong with it; the exception names the field.</exception>
    public NewEvent(IReadOnlyList<string> topics, ReadOnlyMemory<byte> data, string? type = null, TimeSpan? retry = null, DateTimeOffset? occurredAt = null)
        : this(CheckTopics(topics), type, data, retry, occurredAt)
    {
    }

    private NewEvent(string[] checkedTopics, string? type, ReadOnlyMemory<byte> data, TimeSpan? retry, DateTimeOffset? occurredAt)
    {
        if (!Utf8.IsValid(data.Span))
            throw new InvalidEventException("data", "its data is not well-formed UTF-8");
        Topics = checkedTopics;
        Data = data;
        Type = CheckType(type);
        Retry = CheckRetry(retry);
        OccurredAt = occurredAt == default(DateTimeOffset) ? null : occurredAt?.ToUniversalTime();
    }

    /// <summary>The topics, distinct.</summary>
    public IReadOnlyList<string> Topics { get; }

    /// <summary>What clients read as the event's data, as UTF-8.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>The type, or <see langword="null"/> for the default, <c>message</c>.</summary>
    public string? Type { get; }

    /// <summary>The reconnection time for the clients that receive it.</summary>
    public TimeSpan? Retry { get; }

    /// <summary>
    /// When it happened, in UTC, where the publisher says so; else the time of its id will do. The default value of <see cref="DateTimeOffset"/> counts as
    /// not said. Logs keep it; a stream has no field for it, so that clients which need it find it in the data, or in an enveloped stream.
    /// </summary>
    public DateTimeOffset? OccurredAt { get; }

    /// <summary>Creates an event from text.</summary>
    /// <param name="topics">At least one topic.</param>
    /// <param name="data">Well-formed text, sent as it is.</param>
    /// <param name="type">The type; none means <c>message</c>.</param>
    /// <param name="retry">The reconnection time to set.</param>
    /// <param name="occurredAt">When it happened.</param>
    /// <returns>The event.</returns>
    /// <exception cref="InvalidEventException">Something is wrong with it; the exception names the field.</exception>
    public static NewEvent FromText(
        IReadOnlyList<string> topics, string data, string? type = null, TimeSpan? retry = null, DateTimeOffset? occurredAt = null) =>
        new(CheckTopics(topics), type, Encode(data), retry, occurredAt);

    /// <summary>Creates an event from a value as JSON.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="topics">At least one topic.</param>
    /// <param name="payload">The value.</param>
    /// <param name="jsonTypeInfo">How to serialise it.</param>
    /// <param name="type">The type; none means the name of <typeparamref name="T"/>, where it has one.</param>
    /// <param name="retry">The reconnection time to set.</param>
    /// <param name="occurredAt">When it happened.</param>
    /// <returns>The event.</returns>
    /// <exception cref="InvalidEventException">Something is wrong with it; the exception names the field.</exception>
    public static NewEvent FromJson<T>(
        IReadOnlyList<string> topics, T payload, JsonTypeInfo<T> jsonTypeInfo, string? type = null, TimeSpan? retry = null, DateTimeOffset? occurredAt = null) =>
        new(CheckTopics(topics), type ?? PayloadType.NameOf(payload), JsonSerializer.SerializeToUtf8Bytes(payload, jsonTypeInfo), retry, occurredAt);

    /// <summary>Creates an event for topics that may be the server's own.</summary>
    internal static NewEvent ForReserved(string[] topics, string? type, ReadOnlyMemory<byte> data, TimeSpan? retry, DateTimeOffset? occurredAt = null) =>
        new(topics, type, data, retry, occurredAt);

    internal static byte[] Encode(string data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (!EventStreamEncoder.IsWellFormed(data))
            throw new InvalidEventException("data", "its data is not well-formed text: it has a lone surrogate");
        return Encoding.UTF8.GetBytes(data);
    }

    internal static string[] CheckTopics(IReadOnlyList<string> topics)
    {
        ArgumentNullException.ThrowIfNull(topics);
        if (topics.Count == 0)
            throw new InvalidEventException("topics", "it has no topic");
        foreach (var topic in topics)
        {
            if (Topic.FindFault(topic) is { } fault)
                throw new InvalidEventException("topics", fault);
        }

        return topics.Count == 1 ? [topics[0]] : [.. topics.Distinct(StringComparer.Ordinal)];
    }

    internal static string? CheckType(string? type)
    {
        if (string.IsNullOrEmpty(type))
            return null;
        if (type.Length > MaxTypeLength)
            throw new InvalidEventException("type", $"its type exceeds {MaxTypeLength} characters");
        if (!EventStreamEncoder.IsValidField(type))
            throw new InvalidEventException("type", "its type holds CR, LF, NUL or a lone surrogate");
        return type == GapType ? throw new InvalidEventException("type", "the type 'gap' is the server's own") : type;
    }

    internal static TimeSpan? CheckRetry(TimeSpan? retry) =>
        retry < TimeSpan.Zero ? throw new InvalidEventException("retry", "its retry is negative") : retry;
}
