namespace FinanceNotifications.Domain;

/// <summary>Something that happened. The domain tells it to whoever listens, and knows nothing of streams.</summary>
interface IDomainEvent
{
    DateTimeOffset OccurredAt { get; }
}

interface IDomainEventHandler
{
    Task HandleAsync(IDomainEvent e);
}

sealed class DomainEvents(IEnumerable<IDomainEventHandler> handlers)
{
    public async Task RaiseAsync(IDomainEvent e)
    {
        foreach (var handler in handlers)
            await handler.HandleAsync(e);
    }
}

record SyncProgressed(string UserId, string Account, int Percent, DateTimeOffset OccurredAt) : IDomainEvent;

record SyncCompleted(string UserId, string Account, int Transactions, DateTimeOffset OccurredAt) : IDomainEvent;

record ProviderHealthChanged(string Provider, string Health, DateTimeOffset OccurredAt) : IDomainEvent;

record ImportProgressed(string UserId, string File, int Rows, int Total, DateTimeOffset OccurredAt) : IDomainEvent;

record PortfolioRevalued(string Portfolio, decimal Value, IReadOnlyList<string> Owners, DateTimeOffset OccurredAt) : IDomainEvent;

record NewDeviceSignedIn(string UserId, string Device, string Address, DateTimeOffset OccurredAt) : IDomainEvent;
