namespace Curlew.AspNetCore.Tests;

/// <summary>A client that opens a stream and does not read on.</summary>
internal static class StalledReader
{
    /// <summary>With a receive buffer that is soon full.</summary>
    public static RawStreamOptions Options { get; } = new() { ReceiveBufferBytes = 4096 };

    /// <summary>Publishes until a write to the only such client is stuck.</summary>
    public static async Task<int> FillAsync(StreamApp app, Func<string, Task> publish)
    {
        var count = 0;
        var filler = new string('x', 16 * 1024);
        await Eventually.UntilAsync(async () =>
        {
            if (app.Connections.Snapshot().Any(static connection => connection.FlushingSince != 0))
                return true;
            await publish($"{count++} {filler}");
            return false;
        });
        return count;
    }
}
