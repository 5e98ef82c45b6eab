namespace Cookbook;

static class CsvExport
{
    // Made while it is sent: a million rows cost no more memory than one.
    public static void MapCsvExport(this WebApplication app) => app.MapGet("/export.csv", (CancellationToken cancel) => Results.Stream(async body =>
    {
        await using var text = new StreamWriter(body, leaveOpen: true);
        await text.WriteLineAsync("number,square");
        for (var number = 1L; number <= 10_000; number++)
        {
            cancel.ThrowIfCancellationRequested();
            await text.WriteLineAsync($"{number},{number * number}");
        }
    }, "text/csv", fileDownloadName: "squares.csv"));
}
