namespace Curlew.Redis.Tests.Schedules;

/// <summary>One of several servers of a hub, as a schedule of faults sees it. Disposing ends it, in whichever way its kind dies.</summary>
internal interface IServer : IAsyncDisposable
{
    /// <summary>Publishes an event, whose data is its number.</summary>
    /// <param name="number">The event.</param>
    /// <param name="key">The idempotency key; none if null.</param>
    Task<PublishOutcome> PublishAsync(int number, string? key);
}
