using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

// Live data of sensors, which everybody sees alike, and a counter, which each page has for itself.

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddCurlew().ConfigureHub(hub => hub.Retention.MaxEvents = 1_000);
builder.Services.AddHostedService<Simulation>();

var app = builder.Build();
app.UseFileServer();

app.MapGet("/sensors", () => Sensor.All);

// A page that reads too slowly wants the newest values, not every one.
app.MapEventStream("/sensors/{sensor}/events", stream => stream.Topic("sensors/{sensor}").OnOverflow(SlowConsumerPolicy.DropOldest));

app.MapGet("/counter", (IConfiguration configuration, TimeProvider time) => TypedResults.EventStream(
    (lastEventId, cancel) => CountAsync(lastEventId, configuration.GetValue("Counter:Interval", TimeSpan.FromSeconds(1)), time, cancel)));

app.Run();

// After a cut, it goes on where the client was.
static async IAsyncEnumerable<SseItem<int>> CountAsync(
    string? lastEventId, TimeSpan interval, TimeProvider time, [EnumeratorCancellation] CancellationToken cancel)
{
    _ = int.TryParse(lastEventId, NumberStyles.None, CultureInfo.InvariantCulture, out var last);
    using var timer = new PeriodicTimer(interval, time);
    for (var count = last + 1; await timer.WaitForNextTickAsync(cancel); count++)
        yield return new(count, "count") { EventId = count.ToString(CultureInfo.InvariantCulture) };
}
