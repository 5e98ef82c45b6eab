using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>Warns at the start where the process may open fewer files than there may be streams: the runtime ends a process that it can start no thread in.</summary>
internal sealed class OpenFileCheck(IOptions<CurlewOptions> options, ILogger<OpenFileCheck> logger) : IHostedService
{
    // What a process opens beside its connections.
    private const int Spare = 256;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (FindLimit() is { } limit && limit - Spare < options.Value.MaxConnections)
            Log.FewOpenFiles(logger, options.Value.MaxConnections, limit, (long)options.Value.MaxConnections + Spare, Math.Max(1, limit - Spare));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The limit as the system lists it; the runtime has raised it as far as the process may.</summary>
    private static long? FindLimit()
    {
        try
        {
            // "Max open files            1024                 524288               files"
            return File.ReadLines("/proc/self/limits")
                .Where(static line => line.StartsWith("Max open files", StringComparison.Ordinal))
                .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3])
                .Select(static text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : (long?)null)
                .FirstOrDefault();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not Linux.
            return null;
        }
    }
}
