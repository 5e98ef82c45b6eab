namespace Curlew;

/// <summary>An event class of your own: a source of such objects sends each as an event with its fields.</summary>
public interface IServerSentEvent
{
    /// <summary>What clients read as the event's data: text and UTF-8 bytes are sent as they are, anything else as JSON, none as the empty string.</summary>
    object? Data { get; }

    /// <summary>What an <c>EventSource</c> listens to; none means <c>message</c>.</summary>
    string? Type => null;

    /// <summary>The id, with which a client that comes back says where it was.</summary>
    string? Id => null;

    /// <summary>How long the client waits before it reconnects, in whole milliseconds.</summary>
    TimeSpan? Retry => null;
}
