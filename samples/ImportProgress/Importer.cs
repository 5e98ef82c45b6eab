using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

/// <summary>Imports an upload in two steps, checking each row and then saving each, and gives one event for each.</summary>
sealed partial class Importer(CustomerTable customers, IConfiguration configuration, TimeProvider time, ILogger<Importer> logger)
{
    // What a row would take in a database.
    readonly TimeSpan _rowTime = configuration.GetValue("Import:RowTime", TimeSpan.FromMilliseconds(20));

    /// <summary>Runs an import, or goes on with it.</summary>
    /// <param name="upload">What to import.</param>
    /// <param name="lastEventId">The last event that the page has: how many rows have been checked and saved. From the client, so it may be anything.</param>
    /// <param name="cancel">Cancelled as soon as the page is closed, cancels, or is cut off.</param>
    public async IAsyncEnumerable<SseItem<object>> RunAsync(Upload upload, string? lastEventId, [EnumeratorCancellation] CancellationToken cancel)
    {
        var rows = upload.Rows.Select(Customer.Parse).ToArray();
        var total = 2 * rows.Length;
        var done = int.TryParse(lastEventId, NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? Math.Min(last, total) : 0;
        yield return new(new Progress("Waiting for other imports", done, total), "progress");

        await customers.TakeTurnAsync(cancel);
        try
        {
            LogBegan(upload.Id, done, total);
            for (; done < total; done++)
            {
                await Task.Delay(_rowTime, time, cancel);
                var row = done % rows.Length;
                var (customer, fault) = rows[row];
                var isCheck = done < rows.Length;
                if (!isCheck && customer is not null)
                    customers.Save(customer);

                // The id is what has been done with this event: after a cut, the page comes back with it.
                var id = (done + 1).ToString(CultureInfo.InvariantCulture);
                yield return isCheck && fault is not null
                    ? new(new RowError(row + 1, fault), "row-error") { EventId = id }
                    : new(new Progress(isCheck ? "Checking rows" : "Saving customers", done + 1, total), "progress") { EventId = id };
            }

            var faulty = rows.Count(static row => row.Fault is not null);
            yield return new(new Complete(rows.Length - faulty, faulty), "complete");
        }
        finally
        {
            // Also where the import was cancelled, or failed.
            customers.GiveTurnBack();
            LogEnded(upload.Id, done, total, cancel.IsCancellationRequested ? "cancelled" : "over");
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Import {Id} began after {Done} of {Total}")]
    partial void LogBegan(Guid id, int done, int total);

    [LoggerMessage(Level = LogLevel.Information, Message = "Import {Id} ended after {Done} of {Total}: {How}")]
    partial void LogEnded(Guid id, int done, int total, string how);
}

record Progress(string Step, int Done, int Total)
{
    public int Percent => Total == 0 ? 100 : 100 * Done / Total;
}

record RowError(int Row, string Fault);

record Complete(int Imported, int Faulty);
