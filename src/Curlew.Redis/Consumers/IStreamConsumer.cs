namespace Curlew;

/// <summary>
/// Processes the entries of a Redis Stream as a member of a consumer group: each entry goes to one process of the group, one entry after another in each,
/// each at least once.
/// </summary>
/// <remarks>
/// Resolved anew for each attempt, in a service scope of its own. An entry counts as processed, and is acknowledged, when the task ends well. What is thrown
/// is logged, and the entry is tried again, as often as <see cref="StreamConsumerOptions.MaxAttempts"/> says; then it goes to the dead-letter stream. An entry
/// may come again that was processed, where the process or its way to Redis failed before it was acknowledged: processing it twice must do no harm.
/// </remarks>
public interface IStreamConsumer
{
    /// <summary>Processes an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="cancellationToken">
    /// The host stops, and <see cref="StreamConsumerOptions.StopTimeout"/> has passed. An entry that is left because of it goes to another process.
    /// </param>
    /// <returns>A task that ends when the entry is processed.</returns>
    ValueTask HandleAsync(StreamEntry entry, CancellationToken cancellationToken);
}
