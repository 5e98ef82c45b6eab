using System.Collections.Concurrent;
using System.Globalization;
using Curlew.Redis.Tests.History;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>
/// Random faults while two nodes publish and serve. What a client hears in its life is the log, once and in order; where Redis lost it, a gap stands in its
/// place, once.
/// </summary>
/// <remarks>A failure names its seed; <c>CURLEW_SEED=n</c> runs that one alone. <c>CURLEW_LONG=1</c> runs many more.</remarks>
public sealed class RandomFaultTests
{
    // They wait more than they work.
    private const int AtOnce = 4;

    [Fact]
    public Task RedisKeepsItsData_EveryClientHearsTheLog() => RunAllAsync(isPersistent: true);

    [Fact]
    public Task RedisLosesItsData_EveryClientHearsTheLogOrAGap() => RunAllAsync(isPersistent: false);

    private static IEnumerable<int> Seeds()
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("CURLEW_SEED"), CultureInfo.InvariantCulture, out var seed))
            return [seed];
        return Enumerable.Range(1, Environment.GetEnvironmentVariable("CURLEW_LONG") == "1" ? 120 : 16);
    }

    private static async Task RunAllAsync(bool isPersistent)
    {
        var idle = new ConcurrentBag<RedisUnderTest>();
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken };
            await Parallel.ForEachAsync(Seeds(), options, async (seed, _) =>
            {
                if (!idle.TryTake(out var redis))
                    redis = await RedisUnderTest.StartAsync(new() { AppendOnly = isPersistent });
                // From one schedule to the next: other keys, and whatever has become of the server.
                idle.Add(await RunAsync(seed, redis, isPersistent));
            });
        }
        finally
        {
            foreach (var redis in idle)
                await redis.DisposeAsync();
        }
    }

    private static async Task<RedisUnderTest> RunAsync(int seed, RedisUnderTest redis, bool isPersistent)
    {
        await using var schedule = new FaultSchedule(seed, redis, isPersistent);
        try
        {
            await schedule.RunAsync();
            return redis;
        }
        catch (Exception e)
        {
            await redis.DisposeAsync();
            throw new HistoryException($"CURLEW_SEED={seed} fails after {schedule}. {e.Message}", e);
        }
    }
}
