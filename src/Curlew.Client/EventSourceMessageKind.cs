namespace Curlew.Client;

/// <summary>What an <see cref="EventSourceMessage{T}"/> is.</summary>
public enum EventSourceMessageKind
{
    /// <summary>An event: <see cref="EventSourceMessage{T}.Item"/>.</summary>
    Event,

    /// <summary>A Curlew server's notice that events are missing: <see cref="EventSourceMessage{T}.Gap"/>.</summary>
    Gap,

    /// <summary>
    /// A block without data that set the last event id, as a keep-alive does to move the position of an idle client:
    /// <see cref="EventSourceMessage{T}.LastEventId"/>.
    /// </summary>
    Id,

    /// <summary>A comment, which many servers send as a heartbeat: <see cref="EventSourceMessage{T}.Comment"/>.</summary>
    Comment,
}
