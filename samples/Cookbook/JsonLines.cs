using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Cookbook;

static class JsonLines
{
    public static void MapJsonLines(this WebApplication app)
    {
        // One JSON value a line, each sent when it is there.
        app.MapGet("/rows.ndjson", (CancellationToken cancel) => Results.Stream(async body =>
        {
            await foreach (var row in Rows(cancel))
            {
                await JsonSerializer.SerializeAsync(body, row, JsonSerializerOptions.Web, cancel);
                await body.WriteAsync("\n"u8.ToArray(), cancel);
                await body.FlushAsync(cancel);
            }
        }, "application/x-ndjson"));

        // One JSON array: a handler that returns an IAsyncEnumerable streams it, without a word more.
        app.MapGet("/rows.json", () => Rows());
    }

    static async IAsyncEnumerable<Row> Rows([EnumeratorCancellation] CancellationToken cancel = default)
    {
        for (var number = 1; number <= 5; number++)
        {
            yield return new(number, $"row {number}");
            await Task.Delay(100, cancel);
        }
    }

    record Row(int Number, string Text);
}
