using System.Runtime.CompilerServices;

namespace Curlew;

/// <summary>Adds batches to asynchronous sources.</summary>
public static class BatchExtensions
{
    // What a timer takes.
    private static readonly TimeSpan MaxWithin = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    /// <summary>Groups what comes in quick succession, so that frequent updates are a few events: each batch is one item, and never empty.</summary>
    /// <remarks>
    /// <para>A batch is given when it is full, when its first item is <paramref name="within"/> old, or when the source ends. While nobody asks for the next
    /// batch, one item at the most is read ahead; where that one has grown old meanwhile, it is given at once with whatever else is ready. A source that is
    /// always ready is read for no longer than <paramref name="within"/> at a time.</para>
    /// <para>What the source throws comes after what was collected until then. When the consumer leaves, the source's token is cancelled, and the source is
    /// disposed as soon as its pending move ends; what that one still brings is dropped.</para>
    /// <para>An enumeration has one timer, if it ever waits, which runs only while a batch is waiting for more.</para>
    /// </remarks>
    /// <typeparam name="T">The type of the items.</typeparam>
    /// <param name="source">The source. Each enumeration of the result enumerates it.</param>
    /// <param name="atMost">How many items make a batch full; at least 1.</param>
    /// <param name="within">How long the first item of a batch waits for others; more than zero, and less than 50 days.</param>
    /// <param name="timeProvider">The clock; the system's if not given.</param>
    /// <returns>The batches, each a list of its own.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count or the time is out of its range.</exception>
    public static IAsyncEnumerable<IReadOnlyList<T>> Batch<T>(this IAsyncEnumerable<T> source, int atMost, TimeSpan within, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfLessThan(atMost, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(within, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(within, MaxWithin);
        return CollectAsync(source, atMost, within, timeProvider ?? TimeProvider.System);
    }

    private static async IAsyncEnumerable<IReadOnlyList<T>> CollectAsync<T>(
        IAsyncEnumerable<T> source, int atMost, TimeSpan within, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var collector = new BatchCollector<T>(source, atMost, within, time, cancellationToken);
        await using (collector.ConfigureAwait(false))
        {
            while (await collector.CollectAsync().ConfigureAwait(false) is { Count: > 0 } batch)
                yield return batch;
        }
    }
}
