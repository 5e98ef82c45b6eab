using System.Runtime.CompilerServices;

namespace Cookbook;

static class Counter
{
    public static void MapCounter(this WebApplication app) => app.MapGet("/counter", () => TypedResults.EventStream(Count()));

    static async IAsyncEnumerable<string> Count([EnumeratorCancellation] CancellationToken cancel = default)
    {
        for (var i = 1; i <= 10; i++)
        {
            yield return $"Count: {i}";
            await Task.Delay(100, cancel);
        }
    }
}
