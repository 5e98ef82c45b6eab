using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Curlew.AspNetCore.Tests.Diagnostics;

public sealed class MetricsTests
{
    [Fact]
    public Task Connections_and_events_are_counted_and_no_tag_names_a_topic_or_a_user() => new StreamApp
    {
        Time = new ManualTimeProvider(),
        Services = HeaderAuthentication.Add,
        Options = static options => (options.MaxConnections, options.MaxConnectionsPerUser) = (3, 2),
        HubOptions = static hub => hub.Retention.MaxEvents = 3,
    }.RunAsync(static async app =>
    {
        using var measured = new Measurements(app);
        using var stream = await app.OpenAsync("/events/topic-of-mine", ("X-User", "user-of-mine"));
        measured.Sum("curlew.connections.active").ShouldBe(1);
        var first = await app.Publisher.PublishAsync("topic-of-mine", "0");
        for (var i = 1; i < 5; i++)
            await app.Publisher.PublishAsync("topic-of-mine", $"{i}");
        await stream.DataAsync(5);
        await app.RoutedAsync();
        measured.Sum("curlew.events.published").ShouldBe(5);
        await Eventually.UntilAsync(() => measured.Observed("curlew.events.delivered") == 5);
        measured.Observed("curlew.events.replayed").ShouldBe(0);
        measured.All("curlew.send.delay").ShouldAllBe(static delay => delay.Value < 1);

        // An hour later, a gap's position is old, and says nothing of how long a send takes.
        app.Clock.Advance(TimeSpan.FromHours(1));
        using (var malformed = await app.OpenAsync("/events/topic-of-mine?lastEventId=x", ("X-User", "user-of-mine")))
            await malformed.GapAsync("malformed");
        await Eventually.UntilAsync(() => measured.Sum("curlew.connections.active") == 1);
        using (var trimmed = await app.OpenAsync($"/events/topic-of-mine?lastEventId={first}"))
        {
            await trimmed.GapAsync("trimmed");
            (await trimmed.DataAsync(3)).ShouldBe(["2", "3", "4"]);
        }

        await Eventually.UntilAsync(() => measured.Sum("curlew.connections.active") == 1);
        measured.Sum("curlew.gaps", "malformed").ShouldBe(1);
        measured.Sum("curlew.gaps", "trimmed").ShouldBe(1);
        measured.Observed("curlew.events.replayed").ShouldBeGreaterThanOrEqualTo(3);
        measured.Sum("curlew.connections.closed", "ClosedByClient").ShouldBe(2);
        measured.All("curlew.send.delay").ShouldAllBe(static delay => delay.Value < 1);
        measured.Sum("curlew.keepalives").ShouldBeGreaterThanOrEqualTo(1);

        using var second = await app.OpenAsync("/all", ("X-User", "user-of-mine"));
        using (var refused = await app.SendAsync("/all", ("X-User", "user-of-mine")))
            refused.Status.ShouldBe(429);
        using var third = await app.OpenAsync("/all");
        using (var refused = await app.SendAsync("/all"))
            refused.Status.ShouldBe(503);
        measured.Sum("curlew.connections.refused", "MaxConnectionsPerUser").ShouldBe(1);
        measured.Sum("curlew.connections.refused", "MaxConnections").ShouldBe(1);
        measured.Sum("curlew.connections.active").ShouldBe(3);

        measured.Observed("curlew.subscriptions").ShouldBe(3);
        measured.Observed("curlew.events.retained").ShouldBe(3);

        measured.Tags.ShouldAllBe(static tag => tag == "curlew.hub" || tag == "curlew.reason");
        measured.TagValues.ShouldAllBe(static value => !value.Contains("of-mine", StringComparison.Ordinal));
    });

    [Fact]
    public Task How_long_a_stream_lasted_and_that_it_was_drained_is_measured() => new StreamApp().RunAsync(static async app =>
    {
        using var measured = new Measurements(app);
        using var stream = await app.OpenAsync("/events/news");
        await app.StopAsync();
        measured.Sum("curlew.connections.closed", "Drained").ShouldBe(1);
        measured.All("curlew.connection.duration").ShouldHaveSingleItem().Value.ShouldBeInRange(0, 60);
        measured.Sum("curlew.connections.active").ShouldBe(0);
    });

    /// <summary>What one application's meter measured.</summary>
    private sealed class Measurements : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentQueue<(string Name, double Value, KeyValuePair<string, object?>[] Tags)> _all = new();

        public Measurements(StreamApp app)
        {
            // Tests run beside each other; a meter's scope is the factory of its application.
            var factory = app.Provider.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Curlew" && instrument.Meter.Scope == factory)
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _all.Enqueue((instrument.Name, value, tags.ToArray())));
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => _all.Enqueue((instrument.Name, value, tags.ToArray())));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => _all.Enqueue((instrument.Name, value, tags.ToArray())));
            _listener.Start();
        }

        public IEnumerable<string> Tags => _all.SelectMany(static measurement => measurement.Tags).Select(static tag => tag.Key).Distinct(StringComparer.Ordinal);

        public IEnumerable<string> TagValues => _all.SelectMany(static measurement => measurement.Tags).Select(static tag => $"{tag.Value}").Distinct(StringComparer.Ordinal);

        /// <summary>What an observable instrument stands at.</summary>
        public double Observed(string instrument)
        {
            var before = All(instrument).Count();
            _listener.RecordObservableInstruments();
            return All(instrument).Skip(before).Sum(static measurement => measurement.Value);
        }

        public double Sum(string instrument, string? reason = null) => All(instrument, reason).Sum(static measurement => measurement.Value);

        public IEnumerable<(string Name, double Value, KeyValuePair<string, object?>[] Tags)> All(string instrument, string? reason = null) => _all.Where(measurement =>
            measurement.Name == instrument && (reason is null || measurement.Tags.Any(tag => tag.Key == "curlew.reason" && $"{tag.Value}" == reason)));

        public void Dispose() => _listener.Dispose();
    }
}
