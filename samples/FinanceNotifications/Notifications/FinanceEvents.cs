using FinanceNotifications.Domain;

namespace FinanceNotifications.Notifications;

/// <summary>The events that clients may see: what they are called, of which category they are, whom they are for and what of them is sent.</summary>
static class FinanceEvents
{
    public static void AddTo(EventCatalogBuilder events) => events
        .Add<SyncProgressed>("sync.progressed", "accounts", user: e => e.UserId, occurredAt: e => e.OccurredAt,
            description: "An account is being synchronised.")
        .Add<SyncCompleted>("sync.completed", "accounts", user: e => e.UserId, occurredAt: e => e.OccurredAt,
            description: "An account has been synchronised.")
        .Add<ProviderHealthChanged>("provider.health", "providers", broadcast: true, occurredAt: e => e.OccurredAt,
            description: "A provider of accounts works, is slow, or is down.")
        .Add<ImportProgressed>("import.progressed", "imports", user: e => e.UserId, occurredAt: e => e.OccurredAt,
            description: "A file is being imported.")
        .Add<PortfolioRevalued, PortfolioValue>("portfolio.revalued", e => new(e.Portfolio, e.Value, e.OccurredAt), "portfolios",
            users: e => e.Owners, occurredAt: e => e.OccurredAt, description: "A portfolio has a new value.")
        .Add<NewDeviceSignedIn, SecurityAlert>("security.new-device", e => new(e.Device, e.OccurredAt), "security",
            user: e => e.UserId, occurredAt: e => e.OccurredAt, description: "Somebody signed in on a device that was not seen before.");
}

/// <summary>A portfolio's value, without its other owners.</summary>
record PortfolioValue(string Portfolio, decimal Value, DateTimeOffset OccurredAt);

/// <summary>A sign-in, without its address.</summary>
record SecurityAlert(string Device, DateTimeOffset OccurredAt);
