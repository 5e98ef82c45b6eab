using System.Net.ServerSentEvents;

namespace Curlew.Client;

/// <summary>One thing that a stream told, in the order of the stream.</summary>
/// <typeparam name="T">The type of an event's data.</typeparam>
public readonly struct EventSourceMessage<T>
{
    internal EventSourceMessage(SseItem<T> item, string lastEventId)
        : this(EventSourceMessageKind.Event, lastEventId) => Item = item;

    internal EventSourceMessage(EventStreamGap gap, string lastEventId)
        : this(EventSourceMessageKind.Gap, lastEventId) => Gap = gap;

    internal EventSourceMessage(EventSourceMessageKind kind, string lastEventId, string? comment = null) =>
        (Kind, LastEventId, Comment) = (kind, lastEventId, comment);

    /// <summary>What it is.</summary>
    public EventSourceMessageKind Kind { get; }

    /// <summary>The source's last event id at this point of the stream; empty where there is none.</summary>
    public string LastEventId { get; }

    /// <summary>The event, for <see cref="EventSourceMessageKind.Event"/>.</summary>
    public SseItem<T> Item { get; }

    /// <summary>The notice, for <see cref="EventSourceMessageKind.Gap"/>.</summary>
    public EventStreamGap? Gap { get; }

    /// <summary>The text, for <see cref="EventSourceMessageKind.Comment"/>, without the space that customarily stands before it.</summary>
    public string? Comment { get; }
}
