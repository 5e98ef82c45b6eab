namespace Curlew;

/// <summary>When what a source gives is sent.</summary>
public enum EventStreamFlush
{
    /// <summary>As soon as nothing more is ready: events that are ready together leave in one write, of about 64 KiB at the most.</summary>
    ReadyEvents,

    /// <summary>After each event.</summary>
    EachEvent,
}
