using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Curlew.Hub.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Curlew.Hub.Tests.Metrics;

public sealed partial class PrometheusMetricsTests : IDisposable
{
    private const string DroppedHead = """
        # HELP curlew_metrics_series_dropped_total Measurements left out because their instrument has too many tag sets.
        # TYPE curlew_metrics_series_dropped_total counter

        """;

    // A name of its own: meters are known to the whole process, and tests run side by side.
    private readonly Meter _meter = new($"test-{Guid.NewGuid()}");
    private readonly PrometheusMetrics _metrics;

    public PrometheusMetricsTests() => _metrics = new PrometheusMetrics([_meter.Name], maxSeries: 3);

    public void Dispose()
    {
        _metrics.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Every_kind_of_instrument_is_rendered_as_Prometheus_expects_it()
    {
        var published = _meter.CreateCounter<long>("curlew.events.published", "{event}", "Events appended to the log.");
        var delivered = _meter.CreateCounter<double>("curlew.delivered", "By");
        var connections = _meter.CreateUpDownCounter<int>("curlew.connections", "{connection}", "Open streams.");
        var level = _meter.CreateGauge<double>("curlew.window.fill", "1");
        var delay = _meter.CreateHistogram<double>(
            "curlew.send.delay", "s", "Back\\slash\nand line.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        _meter.CreateObservableCounter("cpu.time", () => new Measurement<double>[] { new(1.5, new KeyValuePair<string, object?>("mode", "user")), new(2, new KeyValuePair<string, object?>("mode", "system")) }, "s");
        _meter.CreateObservableGauge("memory", () => 42L, "By");
        _meter.CreateObservableUpDownCounter("queue.total", () => -3);

        published.Add(2, new("kind", "a"), new KeyValuePair<string, object?>("ok", true));
        published.Add(3, new("ok", true), new KeyValuePair<string, object?>("kind", "a"));
        published.Add(1);
        delivered.Add(0.5);
        connections.Add(5);
        connections.Add(-2);
        level.Record(0.25);
        level.Record(double.PositiveInfinity);
        foreach (var value in (double[])[0.05, 0.1, 0.5, 7])
            delay.Record(value, new KeyValuePair<string, object?>("http.route", "/e"));

        Render().ShouldBe("""
            # TYPE cpu_time_seconds_total counter
            cpu_time_seconds_total{mode="system"} 2
            cpu_time_seconds_total{mode="user"} 1.5
            # HELP curlew_connections Open streams.
            # TYPE curlew_connections gauge
            curlew_connections 3
            # TYPE curlew_delivered_bytes_total counter
            curlew_delivered_bytes_total 0.5
            # HELP curlew_events_published_total Events appended to the log.
            # TYPE curlew_events_published_total counter
            curlew_events_published_total 1
            curlew_events_published_total{kind="a",ok="true"} 5
            # HELP curlew_send_delay_seconds Back\\slash\nand line.
            # TYPE curlew_send_delay_seconds histogram
            curlew_send_delay_seconds_bucket{http_route="/e",le="0.1"} 2
            curlew_send_delay_seconds_bucket{http_route="/e",le="1"} 3
            curlew_send_delay_seconds_bucket{http_route="/e",le="+Inf"} 4
            curlew_send_delay_seconds_sum{http_route="/e"} 7.65
            curlew_send_delay_seconds_count{http_route="/e"} 4
            # TYPE curlew_window_fill_ratio gauge
            curlew_window_fill_ratio +Inf
            # TYPE memory_bytes gauge
            memory_bytes 42
            # TYPE queue_total gauge
            queue_total -3

            """ + DroppedHead + "curlew_metrics_series_dropped_total 0\n");
    }

    [Fact]
    public void Label_values_are_escaped_and_label_names_made_valid()
    {
        var gauge = _meter.CreateGauge<int>("g");

        gauge.Record(1, new("a.b", "quote \" backslash \\ line\nend"), new("a-b", null), new KeyValuePair<string, object?>("1le", 1.5m));
        gauge.Record(2, new KeyValuePair<string, object?>("le", "x"));

        var text = Render();
        text.ShouldContain("g{_1le=\"1.5\",a_b=\"quote \\\" backslash \\\\ line\\nend;\"} 1\n");
        text.ShouldContain("g{tag_le=\"x\"} 2\n");
    }

    [Theory]
    [InlineData("http.server.request.duration", "s", "histogram", "http_server_request_duration_seconds")]
    [InlineData("requests.total", "{request}", "counter", "requests_total")]
    [InlineData("sent.bytes", "By", "counter", "sent_bytes_total")]
    [InlineData("load", "1", "counter", "load_total")]
    [InlineData("throughput", "By/s", "gauge", "throughput_bytes_per_second")]
    [InlineData("9lives-é", null, "gauge", "_9lives__")]
    public void Names_carry_their_unit(string name, string? unit, string type, string expected) =>
        PrometheusNames.Metric(name, unit, type).ShouldBe(expected);

    [Fact]
    public void Tag_sets_beyond_the_bound_are_counted_and_not_kept()
    {
        var counter = _meter.CreateCounter<int>("c");

        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 5; i++)
                counter.Add(1, new KeyValuePair<string, object?>("i", i));
        }

        Render().ShouldBe("# TYPE c_total counter\nc_total{i=\"0\"} 2\nc_total{i=\"1\"} 2\nc_total{i=\"2\"} 2\n" + DroppedHead + "curlew_metrics_series_dropped_total 4\n");
    }

    [Fact]
    public void What_an_observable_instrument_reports_no_more_is_gone_and_gives_its_place_free()
    {
        var user = 0;
        _meter.CreateObservableGauge("g", () => new Measurement<int>(1, new KeyValuePair<string, object?>("user", user)));

        for (; user < 10; user++)
            Render().ShouldStartWith($"# TYPE g gauge\ng{{user=\"{user}\"}} 1\n# HELP");
    }

    [Fact]
    public void A_callback_that_fails_does_not_hide_the_others()
    {
        _meter.CreateObservableGauge("a", int () => throw new InvalidOperationException());
        _meter.CreateObservableGauge("b", () => 1);

        Render().ShouldStartWith("# TYPE b gauge\nb 1\n");
    }

    [Fact]
    public void A_name_with_two_meanings_keeps_the_first()
    {
        var counter = _meter.CreateCounter<int>("x");
        var other = _meter.CreateHistogram<int>("x.total");
        var same = _meter.CreateCounter<long>("x");

        counter.Add(1);
        other.Record(7);
        same.Add(2);

        var text = Render();
        text.ShouldContain("x_total 3\n");
        text.ShouldNotContain("histogram");
    }

    [Fact]
    public void A_measurement_of_known_tags_allocates_nothing()
    {
        var histogram = _meter.CreateHistogram<double>("h");
        object value = "v";
        histogram.Record(1, new("a", value), new KeyValuePair<string, object?>("b", value));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            histogram.Record(i, new("a", value), new KeyValuePair<string, object?>("b", value));

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public async Task The_endpoint_serves_the_runtimes_and_the_servers_own_metrics_and_no_other_applications()
    {
        await using var app = await StartAsync();
        await using var other = await StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        using var otherClient = new HttpClient { BaseAddress = new Uri(other.Urls.Single()) };
        (await otherClient.GetAsync("/nowhere", TestContext.Current.CancellationToken)).Dispose();
        (await client.GetAsync("/metrics", TestContext.Current.CancellationToken)).Dispose();

        using var response = await client.GetAsync("/metrics", TestContext.Current.CancellationToken);

        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        text.ShouldContain("\n# TYPE dotnet_process_cpu_time_seconds_total counter\n");
        text.ShouldMatch(@"\ndotnet_process_memory_working_set_bytes \d{7,}\n");
        text.ShouldMatch(@"\nkestrel_active_connections{[^}]+} 1\n");
        text.ShouldMatch("\nhttp_server_request_duration_seconds_count{[^}]*http_route=\"/metrics\"[^}]*} 1\n");
        text.ShouldNotContain("http_response_status_code=\"404\"");
        // The whole of it is lines of the format, each series once.
        var lines = text.TrimEnd('\n').Split('\n');
        lines.ShouldAllBe(line => ExpositionLine().IsMatch(line));
        lines.Select(line => line[..line.LastIndexOf(' ')]).ShouldBeUnique(StringComparer.Ordinal);
    }

    [GeneratedRegex("""^(# (HELP|TYPE) [a-zA-Z_:]\w* .*|[a-zA-Z_:]\w*({(\w+="[^"]*",?)+})? \S+)$""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ExpositionLine();

    private static async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<PrometheusMetrics>();
        var app = builder.Build();
        app.MapPrometheus();
        await app.StartAsync();
        return app;
    }

    private string Render() => _metrics.Render();
}
