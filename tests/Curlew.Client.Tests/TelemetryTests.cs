using System.Diagnostics;

namespace Curlew.Client.Tests;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Metrics_CountConnectionsEventsAndBytes()
    {
        const string Body = "data: x\n\n:\ndata: y\n\n";
        await using var server = new ScriptedServer(ScriptedServer.Stream(Body), ScriptedServer.Answer("500 No"), ScriptedServer.Stream(Body), ScriptedServer.Answer("204 Done"));
        using var metrics = new MetricTotals(server.Url.Port);
        await using var source = new EventSource(server.Url, new EventSourceOptions { RetryPolicy = SourceReading.AtOnce });

        await source.DataAsync();

        metrics["curlew.client.connects"].ShouldBe(2);
        metrics["curlew.client.reconnects:end"].ShouldBe(2);
        metrics["curlew.client.reconnects:500"].ShouldBe(1);
        metrics["curlew.client.events"].ShouldBe(4);
        metrics["curlew.client.received"].ShouldBe(2 * Body.Length);
        metrics["curlew.client.connections"].ShouldBe(0);
        metrics["curlew.client.connection.duration"].ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Attempt_IsAnActivity()
    {
        await using var server = new ScriptedServer(ScriptedServer.Answer("500 No"), ScriptedServer.Stream("data: x\n\n"), ScriptedServer.Answer("204 Done"));
        List<Activity> activities = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == ClientMetrics.Name,
            Sample = static (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (Equals(activity.GetTagItem("server.port"), server.Url.Port))
                    activities.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var source = new EventSource(server.Url, new EventSourceOptions { RetryPolicy = SourceReading.AtOnce });

        await foreach (var item in source.ReadAllAsync(Deadline.Token))
            Activity.Current.ShouldBeNull(item.Data);

        activities.Select(static activity => (activity.OperationName, activity.Status, activity.GetTagItem("http.response.status_code"))).ShouldBe(
        [
            ("curlew.client.connect", ActivityStatusCode.Error, 500),
            ("curlew.client.connect", ActivityStatusCode.Unset, 200),
            ("curlew.client.connect", ActivityStatusCode.Unset, 204),
        ]);
    }
}
