using SecurityDashboard.Alerts;
using SecurityDashboard.Ingest;
using SecurityDashboard.Search;

namespace SecurityDashboard.Sharing;

internal static class SharingServices
{
    private const string KeyPrefix = "dashboard";

    /// <summary>
    /// Puts both hubs on Redis, so that all processes with the same Redis are one dashboard: their logs are Redis Streams, one process at a time correlates,
    /// and each follows both to search the records and to know the alerts of all.
    /// </summary>
    public static void ShareOn(this CurlewBuilder curlew, string redis)
    {
        curlew.AddRedis(options =>
            {
                options.Configuration = redis;
                options.KeyPrefix = KeyPrefix;
            })
            .AddStreamConsumer<CorrelationConsumer>($"{{{KeyPrefix}:{LogPipeline.Hub}}}:log", CorrelationConsumer.Group, static consumer => consumer.Exclusive = true);
        // What it has seen is kept from one entry to the next.
        curlew.Services.AddSingleton<CorrelationConsumer>();
        curlew.Services.AddSingleton<IHostedService>(static services =>
        {
            var history = services.GetRequiredService<LogHistory>();
            return Follow(services, LogPipeline.Hub, LogPipeline.EventType, frame =>
            {
                if (EventJson.Read(frame, DashboardJson.Default.LogRecord) is { } record)
                    history.Accept([record]);
            });
        });
        curlew.Services.AddSingleton<IHostedService>(static services =>
        {
            var alerts = services.GetRequiredService<AlertBook>();
            return Follow(
                services,
                AlertBook.Hub,
                AlertBook.EventType,
                frame =>
                {
                    if (EventJson.Read(frame, DashboardJson.Default.Alert) is { } alert)
                        alerts.Apply(alert, frame.Id);
                },
                alerts.CaughtUp);
        });
    }

    private static HubFollower Follow(IServiceProvider services, string hub, string type, Action<Frame> take, Action? caughtUp = null) => new(
        hub,
        services.GetRequiredService<IEventLogFactory>(),
        frame =>
        {
            if (frame.Type == type)
                take(frame);
        },
        caughtUp ?? (static () => { }),
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<ILogger<HubFollower>>());
}
