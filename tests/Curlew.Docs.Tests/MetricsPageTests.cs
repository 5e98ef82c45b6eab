using System.Diagnostics.Metrics;
using Curlew.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Curlew.Docs.Tests;

public sealed class MetricsPageTests
{
    [Fact]
    public async Task Instruments_AreDocumentedWithKindAndUnit()
    {
        var page = (await RepositoryFiles.ReadTextAsync("docs/metrics.md"))!;
        var documented = Markdown.TableBelow(page, "Metrics").Select(static row => $"{row[0].Trim('`')} {row[1]} {row[2].Trim('`')}");

        (await InstrumentsAsync()).Order(StringComparer.Ordinal).ShouldBe(documented.Order(StringComparer.Ordinal));
    }

    private static async Task<List<string>> InstrumentsAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddLogging().AddMetrics().AddRouting().AddCurlew();
        await using var app = builder.Build();
        List<string> found = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == "Curlew" && ReferenceEquals(instrument.Meter.Scope, app.Services.GetRequiredService<IMeterFactory>()))
                found.Add($"{instrument.Name} {KindOf(instrument)} {instrument.Unit}");
        };
        listener.Start();
        app.MapEventStream("/events", "demo");
        await app.StartAsync(TestContext.Current.CancellationToken);
        // An endpoint makes its instruments at its first request.
        using var stream = await RawStream.ConnectAsync(new Uri(app.Urls.Single()).Port, "/events", cancellationToken: TestContext.Current.CancellationToken);
        return found;
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        nameof(Counter<>) => "counter",
        nameof(UpDownCounter<>) => "up-down counter",
        nameof(Histogram<>) => "histogram",
        nameof(ObservableCounter<>) => "counter",
        nameof(ObservableGauge<>) => "gauge",
        var other => other,
    };
}
