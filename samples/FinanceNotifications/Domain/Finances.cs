namespace FinanceNotifications.Domain;

/// <summary>What the application is about, as small as can be: it does its work and raises events.</summary>
sealed class Finances(DomainEvents events, TimeProvider time)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private static readonly Dictionary<string, string[]> Owners = new(StringComparer.Ordinal) { ["house"] = ["ann", "bob"], ["pension"] = ["ann"] };

    private DateTimeOffset Now => time.GetUtcNow();

    public async Task SyncAsync(string user, string account)
    {
        for (var percent = 25; percent <= 100; percent += 25)
        {
            await Task.Delay(Pace, time);
            await events.RaiseAsync(new SyncProgressed(user, account, percent, Now));
        }

        await events.RaiseAsync(new SyncCompleted(user, account, Transactions: 12, Now));
    }

    public Task ReportAsync(string provider, string health) => events.RaiseAsync(new ProviderHealthChanged(provider, health, Now));

    public async Task ImportAsync(string user, string file)
    {
        for (var rows = 100; rows <= 300; rows += 100)
        {
            await Task.Delay(Pace, time);
            await events.RaiseAsync(new ImportProgressed(user, file, rows, Total: 300, Now));
        }
    }

    public async Task<bool> RevalueAsync(string portfolio, decimal value)
    {
        if (!Owners.TryGetValue(portfolio, out var owners))
            return false;
        await events.RaiseAsync(new PortfolioRevalued(portfolio, value, owners, Now));
        return true;
    }

    public Task SignInAsync(string user, string device, string address) => events.RaiseAsync(new NewDeviceSignedIn(user, device, address, Now));
}
