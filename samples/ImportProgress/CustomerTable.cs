using System.Collections.Concurrent;

/// <summary>Where the customers go, in the place of a database. One import at a time writes to it.</summary>
sealed class CustomerTable : IDisposable
{
    readonly ConcurrentDictionary<string, Customer> _customers = new(StringComparer.OrdinalIgnoreCase);
    readonly SemaphoreSlim _turn = new(1);

    public int Count => _customers.Count;

    public Task TakeTurnAsync(CancellationToken cancel) => _turn.WaitAsync(cancel);

    public void GiveTurnBack() => _turn.Release();

    /// <summary>Adds a customer, or replaces the one of that address: a row that is saved again after a cut does no harm.</summary>
    public void Save(Customer customer) => _customers[customer.Email] = customer;

    public void Dispose() => _turn.Dispose();
}
