using System.Runtime.CompilerServices;

namespace Cookbook;

static class LiveData
{
    public static void MapLiveData(this WebApplication app) => app.MapGet("/live-data", () => TypedResults.EventStream(Measure()));

    /// <summary>Goes on until the client leaves or the host stops: either cancels the token.</summary>
    static async IAsyncEnumerable<Reading> Measure([EnumeratorCancellation] CancellationToken cancel = default)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        do
            yield return new Reading(DateTimeOffset.UtcNow, Environment.WorkingSet);
        while (await timer.WaitForNextTickAsync(cancel));
    }

    record Reading(DateTimeOffset Time, long WorkingSet);
}
