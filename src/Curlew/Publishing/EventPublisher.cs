using System.Text.Json;
using Curlew.Protocol;

namespace Curlew;

/// <summary>The publisher of one hub: checks what a hub's limits say of a batch, and appends it.</summary>
internal sealed class EventPublisher(Hub hub, HubRegistry hubs, Outbox outbox, JsonSerializerOptions payloadJson, EventCatalog catalog, CurlewMetrics metrics) : IEventPublisher
{
    private const int MaxKeyLength = 256;

    public JsonSerializerOptions PayloadJson => payloadJson;

    public EventCatalog Catalog => catalog;

    public async ValueTask<EventId> PublishAsync(IReadOnlyList<NewEvent> batch, string? key = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Check(batch, key);
        var id = await hub.Log.AppendAsync(batch, key, cancellationToken).ConfigureAwait(false);
        metrics.Published(hub.Name, batch.Count);
        return id;
    }

    public void Enqueue(NewEvent newEvent, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(newEvent);
        Check([newEvent], key);
        outbox.Add(newEvent, key);
    }

    public IEventPublisher Hub(string name) => hubs.Publisher(name);

    private void Check(IReadOnlyList<NewEvent> batch, string? key)
    {
        if (batch.Count == 0)
            throw new InvalidEventException("batch", "the batch holds no event");
        if (key is { Length: 0 or > MaxKeyLength })
            throw new InvalidEventException("key", $"its key must have 1 to {MaxKeyLength} characters");
        long bytes = 0;
        foreach (var e in batch)
        {
            if (e.Topics.Count > hub.Options.MaxTopicsPerEvent)
                CheckTopics(e);
            if (e.Data.Length > hub.Options.MaxEventBytes)
                throw new EventTooLargeException($"its data has {e.Data.Length} bytes, more than {hub.Options.MaxEventBytes}");
            bytes += e.Data.Length;
        }

        if (bytes > hub.Options.MaxBatchBytes)
            throw new EventTooLargeException($"the batch has {bytes} bytes of data, more than {hub.Options.MaxBatchBytes}");
    }

    private void CheckTopics(NewEvent e)
    {
        // The limit is for topics that publishers choose; how many users share an event is the server's choice.
        var chosen = e.Topics.Count(static topic => topic is not ['$', ..]);
        if (chosen > hub.Options.MaxTopicsPerEvent)
            throw new InvalidEventException("topics", $"it has {chosen} topics, more than {hub.Options.MaxTopicsPerEvent}");
    }
}
