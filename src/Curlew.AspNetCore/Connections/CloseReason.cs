using System.Text.Json.Serialization;

namespace Curlew;

/// <summary>Why a stream ended: the field of the log message, and the tag of the metric. In JSON it is its name.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CloseReason>))]
public enum CloseReason
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>The client left.</summary>
    ClosedByClient,

    /// <summary>The client's queue was full, and its policy is to disconnect.</summary>
    SlowConsumer,

    /// <summary>A write was stuck for longer than the write timeout.</summary>
    WriteTimeout,

    /// <summary>The stream reached its maximum age.</summary>
    MaxAge,

    /// <summary>The host stops.</summary>
    Drained,

    /// <summary>The host stops, and the client did not read.</summary>
    DrainTimeout,

    /// <summary>A stuck stream of a user who opened another one.</summary>
    Superseded,

    /// <summary>The log could not be read.</summary>
    LogUnavailable,

    /// <summary>The source of the stream threw, or something unexpected happened.</summary>
    Failed,

    /// <summary>The source of the stream had no more events.</summary>
    Completed,

    /// <summary>There was no stream: a limit was reached, or the host was stopping.</summary>
    Refused,

    /// <summary>The application closed it, through <see cref="IEventStreamConnections"/>.</summary>
    ClosedByApplication,
}
