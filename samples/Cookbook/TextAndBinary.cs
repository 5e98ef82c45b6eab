using System.Text;

namespace Cookbook;

static class TextAndBinary
{
    public static void MapTextAndBinary(this WebApplication app)
    {
        // Each flush is sent at once.
        app.MapGet("/text", (CancellationToken cancel) => Results.Stream(async body =>
        {
            for (var line = 1; line <= 5; line++)
            {
                await body.WriteAsync(Encoding.UTF8.GetBytes($"line {line}\n"), cancel);
                await body.FlushAsync(cancel);
                await Task.Delay(100, cancel);
            }
        }, "text/plain; charset=utf-8"));

        app.MapGet("/binary", (CancellationToken cancel) => Results.Stream(async body =>
        {
            var block = new byte[64 * 1024];
            for (var number = 0; number < 16; number++)
            {
                block.AsSpan().Fill((byte)number);
                await body.WriteAsync(block, cancel);
            }
        }, "application/octet-stream"));
    }
}
