using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Curlew.Client;

/// <summary>The instruments of the meter and the activity source <c>Curlew.Client</c>, tagged with the server, never with a path: their number is bounded.</summary>
internal sealed class ClientMetrics(Uri url)
{
    public const string Name = "Curlew.Client";
    private const string ErrorTag = "error.type";

    private static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Connects = Meter.CreateCounter<long>("curlew.client.connects", "{connection}", "Event streams opened.");
    private static readonly Counter<long> Reconnects = Meter.CreateCounter<long>("curlew.client.reconnects", "{attempt}", "Attempts after the end of a stream or a failed attempt.");
    private static readonly Counter<long> Events = Meter.CreateCounter<long>("curlew.client.events", "{event}", "Events read.");
    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>("curlew.client.received", "By", "Bytes of event streams read.");
    private static readonly UpDownCounter<long> Connections = Meter.CreateUpDownCounter<long>("curlew.client.connections", "{connection}", "Event streams open.");
    private static readonly Histogram<double> Durations = Meter.CreateHistogram<double>("curlew.client.connection.duration", "s", "How long event streams were open.");

    private readonly TagList _server = new(ServerOf(url));

    /// <summary>The activity of one attempt, up to the head of the answer.</summary>
    public static Activity? StartConnect(Uri url) => Activities.StartActivity("curlew.client.connect", ActivityKind.Client, default(ActivityContext), ServerOf(url));

    public void Opened()
    {
        Connects.Add(1, _server);
        Connections.Add(1, _server);
    }

    public void Closed(TimeSpan duration)
    {
        Connections.Add(-1, _server);
        Durations.Record(duration.TotalSeconds, _server);
    }

    public void Reconnecting(Exception? error)
    {
        var tags = _server;
        tags.Add(ErrorTag, error switch
        {
            null => "end",
            EventStreamResponseException refused => ((int)refused.StatusCode).ToString(CultureInfo.InvariantCulture),
            _ => error.GetType().Name,
        });
        Reconnects.Add(1, tags);
    }

    public void Received(int bytes) => Bytes.Add(bytes, _server);

    public void EventsRead(int count) => Events.Add(count, _server);

    private static KeyValuePair<string, object?>[] ServerOf(Uri url) => [new("server.address", url.Host), new("server.port", url.Port)];
}
