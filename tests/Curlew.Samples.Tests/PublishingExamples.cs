using EventId = Curlew.Protocol.EventId;

namespace Curlew.Samples.Tests;

/// <summary>The publisher's calls as the manual shows them.</summary>
internal static class PublishingExamples
{
    public static async Task<EventId> PublishAsync(IEventPublisher events, Order order, Notice notice, string record)
    {
        var id = await events.PublishAsync("orders/42", order);                        // in the log when it returns
        await events.PublishAsync(["orders/42", "customers/7"], order, type: "paid");  // several topics, delivered once
        await events.PublishToUserAsync("7", notice);
        await events.PublishToUsersAsync(["7", "8"], notice);
        await events.BroadcastAsync(notice);                                           // to every stream that includes broadcast
        await events.PublishAsync("orders/42", order, key: "payment-991");             // idempotent: a repeat returns the first one's id
        events.Enqueue("audit", record);                                               // returns at once; an outbox publishes it
        return id;
    }

    public static async Task<(EventId First, EventId Again)> PublishTwiceAsync(IEventPublisher events, Order order)
    {
        var first = await events.PublishAsync("orders/42", order, key: "payment-991");
        var again = await events.PublishAsync("orders/42", order, key: "payment-991");   // the same id; nothing was appended
        return (first, again);
    }

    internal sealed record Order(string Id);

    internal sealed record Notice(string Text);
}
