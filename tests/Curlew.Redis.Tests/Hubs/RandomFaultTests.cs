using System.Collections.Concurrent;
using System.Globalization;
using Curlew.Redis.Tests.History;
using Curlew.Redis.Tests.Schedules;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>
/// Random faults while two servers publish and serve. What a client hears in its life is the log, once and in order; where Redis lost it, a gap stands in its
/// place, once.
/// </summary>
/// <remarks>A failure names its seed; <c>CURLEW_SEED=n</c> runs that one alone. <c>CURLEW_LONG=1</c> runs many more.</remarks>
public sealed class RandomFaultTests
{
    // They wait more than they work.
    private const int AtOnce = 4;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("CURLEW_LONG") == "1";

    [Fact]
    public Task RedisKeepsItsData_EveryClientHearsTheLog() =>
        RunAllAsync(IsLong ? 120 : 16, isPersistent: true, static (seed, redis) => new NodeSchedule(seed, redis, isPersistent: true));

    [Fact]
    public Task RedisLosesItsData_EveryClientHearsTheLogOrAGap() =>
        RunAllAsync(IsLong ? 120 : 16, isPersistent: false, static (seed, redis) => new NodeSchedule(seed, redis, isPersistent: false));

    [Fact]
    public Task ProcessesAreKilled_AndRedisKeepsItsData_EveryClientHearsTheLog() =>
        RunAllAsync(IsLong ? 60 : 2, isPersistent: true, static (seed, redis) => new ProcessSchedule(seed, redis, isPersistent: true));

    [Fact]
    public Task ProcessesAreKilled_AndRedisLosesItsData_EveryClientHearsTheLogOrAGap() =>
        RunAllAsync(IsLong ? 60 : 2, isPersistent: false, static (seed, redis) => new ProcessSchedule(seed, redis, isPersistent: false));

    private static IEnumerable<int> Seeds(int count) =>
        int.TryParse(Environment.GetEnvironmentVariable("CURLEW_SEED"), CultureInfo.InvariantCulture, out var seed) ? [seed] : Enumerable.Range(1, count);

    private static async Task RunAllAsync(int count, bool isPersistent, Func<int, RedisUnderTest, FaultSchedule> create)
    {
        var idle = new ConcurrentBag<RedisUnderTest>();
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken };
            await Parallel.ForEachAsync(Seeds(count), options, async (seed, _) =>
            {
                // From one schedule to the next: emptied, and whatever has become of it.
                if (idle.TryTake(out var redis))
                    await redis.CliAsync("FLUSHALL");
                else
                    redis = await RedisUnderTest.StartAsync(new() { AppendOnly = isPersistent });
                try
                {
                    await RunAsync(seed, create(seed, redis));
                    idle.Add(redis);
                }
                catch
                {
                    await redis.DisposeAsync();
                    throw;
                }
            });
        }
        finally
        {
            foreach (var redis in idle)
                await redis.DisposeAsync();
        }
    }

    private static async Task RunAsync(int seed, FaultSchedule schedule)
    {
        try
        {
            await using (schedule)
                await schedule.RunAsync();
            TestContext.Current.TestOutputHelper?.WriteLine($"{seed}: {schedule}");
        }
        catch (Exception e)
        {
            throw new HistoryException($"CURLEW_SEED={seed} fails after {schedule}. {e.Message}", e);
        }
    }
}
