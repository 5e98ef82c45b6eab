using System.Runtime.CompilerServices;

namespace Cookbook;

static class EfficientStream
{
    // A hundred prices, or those of a fifth of a second, are one event: an array.
    public static void MapEfficientStream(this WebApplication app) => app.MapGet(
        "/prices", () => TypedResults.EventStream(Prices().Batch(atMost: 100, within: TimeSpan.FromMilliseconds(200))));

    static async IAsyncEnumerable<Price> Prices([EnumeratorCancellation] CancellationToken cancel = default)
    {
        for (var i = 0; ; i++)
        {
            yield return new("CRLW", 100 + (i % 7));
            if (i % 250 == 249)
                await Task.Delay(300, cancel);
        }
    }

    record Price(string Symbol, decimal Value);
}
