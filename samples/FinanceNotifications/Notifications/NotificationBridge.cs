using FinanceNotifications.Domain;

namespace FinanceNotifications.Notifications;

/// <summary>The one handler between the domain and the streams: what the catalog lists is published, anything else is the domain's own business.</summary>
sealed class NotificationBridge(IEventPublisher events) : IDomainEventHandler
{
    public async Task HandleAsync(IDomainEvent e)
    {
        if (events.Catalog.Find(e.GetType()) is not null)
            await events.PublishAsync(e);
    }
}
