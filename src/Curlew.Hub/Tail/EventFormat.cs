namespace Curlew.Hub.Tail;

/// <summary>How an event is printed.</summary>
internal enum EventFormat
{
    /// <summary>A line with id, type and data, made safe for a terminal.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,

    /// <summary>The data and a line break.</summary>
    Data,
}
