using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Curlew.Redis.Tests.Servers;

namespace Curlew.Redis.Tests.Hubs;

public sealed class RedisMetricsTests(PlainRedis redis)
{
    [Fact]
    public async Task Instruments_MeasureAppendsReconnectsSkippedEntriesAndLag_AndAreDocumented()
    {
        await using var proxy = CutProxy.Start(redis.Port);
        await using var node = await Node.StartAsync(proxy.Port, "metrics");
        var totals = new ConcurrentDictionary<string, double>(StringComparer.Ordinal);
        var instruments = new ConcurrentDictionary<string, string?>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name != RedisMetrics.MeterName || !ReferenceEquals(instrument.Meter.Scope, node.Services.GetRequiredService<IMeterFactory>()))
                return;
            instruments[instrument.Name] = instrument.Unit;
            l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => totals.AddOrUpdate(instrument.Name, value, (_, total) => total + value));
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => totals.AddOrUpdate(instrument.Name, 1, static (_, total) => total + 1));
        listener.Start();
        var client = await node.SubscribeAsync();

        await node.Publisher.PublishAsync("a", "1");
        await redis.CliAsync("XADD", "{metrics:default}:log", "*", "no", "data");
        await Eventually.UntilAsync(() => totals.GetValueOrDefault("curlew.redis.entries.skipped") == 1);
        proxy.Cut();
        await Eventually.UntilAsync(() => totals.GetValueOrDefault("curlew.redis.reconnects") >= 2);
        listener.RecordObservableInstruments();

        totals["curlew.redis.append.duration"].ShouldBe(1);
        totals.ShouldContainKey("curlew.redis.tail.lag");
        await client.HearsAsync("1");
        var page = await File.ReadAllTextAsync(Repository.PathOf("docs/redis.md"), TestContext.Current.CancellationToken);
        foreach (var (name, unit) in instruments)
            page.ShouldContain($"| `{name}` |");
        instruments.Count.ShouldBe(8);
    }
}
