using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace Curlew.Tests.Simulation;

/// <summary>
/// The engine under random schedules: whatever publishers, tails, clients, retention and the store do in whatever order, every client receives each
/// matching event once and in order, or is told of a gap first.
/// </summary>
/// <remarks>
/// A failure names its seed; <c>CURLEW_SEED=n</c> runs that one alone. <c>CURLEW_LONG=1</c> runs many more.
/// </remarks>
public sealed class EngineScheduleTests : IDisposable
{
    private const int TracedSteps = 100;

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    [Fact]
    public void OverTheInMemoryLog_EveryClientReceivesEverythingOnceAndInOrder() => RunAll(isStored: false);

    [Fact]
    public void OverALogStoredElsewhere_EveryClientReceivesEverythingOnceAndInOrder() => RunAll(isStored: true);

    public void Dispose() => _services.Dispose();

    private static IEnumerable<int> Seeds()
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("CURLEW_SEED"), CultureInfo.InvariantCulture, out var seed))
            return [seed];
        return Enumerable.Range(1, Environment.GetEnvironmentVariable("CURLEW_LONG") == "1" ? 25_000 : 2_500);
    }

    private void RunAll(bool isStored)
    {
        // What is awaited goes on at once where it is completed, not in a context of the test runner.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var metrics = new CurlewMetrics(_services.GetRequiredService<IMeterFactory>());
            foreach (var seed in Seeds())
                Run(seed, isStored, metrics);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private static void Run(int seed, bool isStored, CurlewMetrics metrics)
    {
        try
        {
            new Schedule(seed, isStored, metrics, trace: null).Run();
        }
        catch (Exception failure)
        {
            // Once more, with a trace: a seed gives the same schedule every time.
            var trace = new List<string>();
            try
            {
                new Schedule(seed, isStored, metrics, trace.Add).Run();
            }
            catch (Exception again) when (again.Message == failure.Message)
            {
            }

            Assert.Fail(string.Create(
                CultureInfo.InvariantCulture,
                $"""
                CURLEW_SEED={seed} fails. {failure.Message}

                {trace.FirstOrDefault()}
                … {Math.Max(0, trace.Count - TracedSteps)} steps
                {string.Join('\n', trace.TakeLast(TracedSteps))}

                {failure.StackTrace}
                """));
        }
    }
}
