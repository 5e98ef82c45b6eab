namespace Curlew.Client;

/// <summary>
/// A reader of typed events was given a <see cref="EventStreamGap"/>, which is none. The source's last event id is the gap's: reading again goes on
/// behind it. <see cref="EventSource.ReadMessagesAsync{T}(System.Net.ServerSentEvents.SseItemParser{T}, CancellationToken)"/> gives gaps in their place instead.
/// </summary>
public sealed class EventStreamGapException : Exception
{
    internal EventStreamGapException(EventStreamGap gap)
        : base($"The server cannot give every event ({gap}).") => Gap = gap;

    /// <summary>What the server told.</summary>
    public EventStreamGap Gap { get; }
}
