using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace Cookbook;

static class MemoryEfficientStream
{
    public static void MapMemoryEfficientStream(this WebApplication app)
    {
        // A line is read when the client has room for it: about 64 KiB are on their way at a time, however large the file is.
        app.MapGet("/visits", (IHostEnvironment host) => TypedResults.EventStream(
            (lastEventId, cancel) => LinesAfter(lastEventId, Path.Combine(host.ContentRootPath, "Data/visits.log"), cancel)));

        // The same for a sequence that is not asynchronous. It gets a thread of its own, because it may block; this one has no end.
        app.MapGet("/primes", () => TypedResults.EventStream(Primes()));
    }

    static async IAsyncEnumerable<SseItem<string>> LinesAfter(string? lastEventId, string path, [EnumeratorCancellation] CancellationToken cancel)
    {
        var skip = int.TryParse(lastEventId, out var last) ? last : 0;
        var number = 0;
        await foreach (var line in File.ReadLinesAsync(path, cancel))
        {
            if (++number > skip)
                yield return new(line) { EventId = $"{number}" };
        }
    }

    static IEnumerable<int> Primes()
    {
        for (var n = 2; ; n++)
        {
            if (Enumerable.Range(2, n - 2).TakeWhile(divisor => divisor * divisor <= n).All(divisor => n % divisor != 0))
                yield return n;
        }
    }
}
