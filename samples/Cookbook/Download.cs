namespace Cookbook;

static class Download
{
    // Sent from the file, never held in memory; a download that was cut goes on where it was (Range), and one that is there already is a 304.
    public static void MapDownload(this WebApplication app) => app.MapGet("/download", (IHostEnvironment host) => Results.File(
        Path.Combine(host.ContentRootPath, "Data/visits.log"), "text/plain", fileDownloadName: "visits.log", enableRangeProcessing: true));
}
