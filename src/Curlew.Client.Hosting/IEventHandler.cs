using System.Net.ServerSentEvents;

namespace Curlew.Client;

/// <summary>Handles the events of a source in a worker of the host: one after another, each at least once.</summary>
/// <remarks>
/// Made anew for each event, in a service scope of its own. An event counts as handled when the task ends well; then its id is kept. What is thrown is
/// logged, and the same event comes again after a wait that grows from 1 to 30 seconds: an event that cannot be handled has to be passed over by the handler.
/// </remarks>
/// <typeparam name="T">The type of the data; <see langword="string"/> for its text.</typeparam>
public interface IEventHandler<T>
{
    /// <summary>Handles an event.</summary>
    /// <param name="item">The event.</param>
    /// <param name="cancel">The host is stopping. An event that is left because of it comes again after the restart.</param>
    /// <returns>A task that ends when the event is handled.</returns>
    ValueTask HandleAsync(SseItem<T> item, CancellationToken cancel);

    /// <summary>Handles the notice of a Curlew server that events are missing: fetch the state anew.</summary>
    /// <param name="gap">What the server told.</param>
    /// <param name="cancel">The host is stopping.</param>
    /// <returns>A task that ends when the gap is handled.</returns>
    ValueTask HandleGapAsync(EventStreamGap gap, CancellationToken cancel);
}
