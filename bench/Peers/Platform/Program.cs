using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

// ASP.NET Core's own Server-Sent Events, fanned out as its users do: a channel for each connection.
// GET /sub/<topic>,<topic>,…   POST /pub/<topic>, the body being the data.
var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var app = builder.Build();

var topics = new ConcurrentDictionary<string, ImmutableArray<ChannelWriter<SseItem<string>>>>(StringComparer.Ordinal);
var sequence = 0L;
// Two publishers at once must not reach two connections in different order.
using var order = new SemaphoreSlim(1);

app.MapGet("/sub/{names}", (string names, CancellationToken aborted) => TypedResults.ServerSentEvents(ReadAsync(names.Split(','), aborted)));
app.MapPost("/pub/{name}", async (string name, HttpRequest request) =>
{
    using var reader = new StreamReader(request.Body);
    var data = await reader.ReadToEndAsync();
    await order.WaitAsync();
    try
    {
        var item = new SseItem<string>(data) { EventId = (++sequence).ToString(CultureInfo.InvariantCulture) };
        if (topics.TryGetValue(name, out var writers))
        {
            foreach (var writer in writers)
                writer.TryWrite(item);
        }
    }
    finally
    {
        order.Release();
    }

    return TypedResults.Accepted((string?)null);
});
app.MapGet("/ready", () => TypedResults.NoContent());
await app.RunAsync();

async IAsyncEnumerable<SseItem<string>> ReadAsync(string[] names, [EnumeratorCancellation] CancellationToken aborted)
{
    var channel = Channel.CreateUnbounded<SseItem<string>>(new() { SingleReader = true });
    foreach (var name in names)
        topics.AddOrUpdate(name, [channel.Writer], (_, writers) => writers.Add(channel.Writer));
    try
    {
        // Nothing goes out, not even the response's head, before the first event.
        yield return new("", "ready");
        await foreach (var item in channel.Reader.ReadAllAsync(aborted))
            yield return item;
    }
    finally
    {
        foreach (var name in names)
            topics.AddOrUpdate(name, [], (_, writers) => writers.Remove(channel.Writer));
    }
}
