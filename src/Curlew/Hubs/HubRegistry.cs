using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>The hubs of the application, by name. The default hub's name is the empty string.</summary>
internal sealed class HubRegistry : IAsyncDisposable
{
    // Made at the first use, after the host has validated all options: a fault found here would hide the others.
    private readonly Lazy<Dictionary<string, (Hub Hub, EventPublisher Publisher, Outbox Outbox)>> _hubs;

    public HubRegistry(
        IEnumerable<HubName> names,
        IOptionsMonitor<HubOptions> options,
        IOptions<PayloadJsonOptions> payloadJson,
        IOptions<EventCatalogBuilder> events,
        IEnumerable<IEventLogFactory> logs,
        CurlewMetrics metrics,
        ILoggerFactory loggers,
        TimeProvider time)
    {
        _hubs = new(() =>
        {
            var logger = loggers.CreateLogger("Curlew.Hub");
            var json = payloadJson.Value.Effective;
            var catalog = events.Value.Build();
            var factory = logs.LastOrDefault();
            var hubs = new Dictionary<string, (Hub Hub, EventPublisher Publisher, Outbox Outbox)>(StringComparer.Ordinal);
            foreach (var name in names.Select(static hub => hub.Name).Distinct(StringComparer.Ordinal))
            {
                var hubOptions = options.Get(name);
                var log = factory?.Create(name, hubOptions) ?? new MemoryEventLog(hubOptions, time);
                var hub = new Hub(name, hubOptions, log, time, metrics, logger);
                var outbox = new Outbox(hub, time, metrics, logger);
                hubs.Add(name, (hub, new EventPublisher(hub, this, outbox, json, catalog, metrics), outbox));
            }

            metrics.Observe(this);
            return hubs;
        });
    }

    public IEnumerable<Hub> All => _hubs.Value.Values.Select(static entry => entry.Hub);

    public bool IsReady => All.All(static hub => hub.IsReady);

    public Hub Hub(string name) => Find(name).Hub;

    public IEventPublisher Publisher(string name) => Find(name).Publisher;

    public Task FlushAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_hubs.Value.Values.Select(entry => entry.Outbox.FlushAsync(cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        if (!_hubs.IsValueCreated)
            return;
        foreach (var (hub, _, outbox) in _hubs.Value.Values)
        {
            outbox.Dispose();
            await hub.DisposeAsync().ConfigureAwait(false);
        }
    }

    private (Hub Hub, EventPublisher Publisher, Outbox Outbox) Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_hubs.Value.TryGetValue(name, out var entry))
            return entry;
        var known = string.Join(", ", _hubs.Value.Keys.Where(static key => key.Length > 0).Select(static key => $"'{key}'"));
        throw new ArgumentException($"There is no hub '{name}'. Add it with AddHub; there are the default hub{(known.Length > 0 ? " and " + known : " and no others")}.", nameof(name));
    }
}
