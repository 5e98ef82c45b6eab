using System.Runtime.CompilerServices;

namespace Cookbook;

static class ErrorEvents
{
    public static void MapErrorEvents(this WebApplication app)
    {
        // The client gets an event stream-error without a word of what happened; the log gets the exception.
        app.MapGet("/errors/unforeseen", () => TypedResults.EventStream(Prices()));

        // What the client is to know is an event like any other.
        app.MapGet("/errors/foreseen", () => TypedResults.EventStream(async (stream, cancel) =>
        {
            try
            {
                await foreach (var price in Prices(cancel))
                    await stream.SendAsync(price);
            }
            catch (MarketClosedException e)
            {
                await stream.SendAsync(new { e.Message, e.OpensAt }, type: "market-closed");
            }
        }));
    }

    static async IAsyncEnumerable<decimal> Prices([EnumeratorCancellation] CancellationToken cancel = default)
    {
        yield return 101.5m;
        await Task.Delay(100, cancel);
        throw new MarketClosedException("The market is closed.", new TimeOnly(9, 0));
    }

    sealed class MarketClosedException(string message, TimeOnly opensAt) : Exception(message)
    {
        public TimeOnly OpensAt { get; } = opensAt;
    }
}
