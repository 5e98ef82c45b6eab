using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Curlew.AspNetCore.Tests.Draining;

public sealed class DrainTests
{
    [Fact]
    public Task Streams_that_read_end_with_a_retry_and_the_host_stops_at_once() => new StreamApp { HasLongDrain = true }.RunAsync(static async app =>
    {
        var streams = new List<RawStream>();
        for (var i = 0; i < 100; i++)
            streams.Add(await app.OpenAsync("/events/news"));
        using var client = app.CreateClient(version: 2);
        using var http2 = await client.GetAsync("/events/news", HttpCompletionOption.ResponseHeadersRead, Deadline.Token);
        await app.Publisher.PublishAsync("news", "last words");
        await app.RoutedAsync();

        var stopping = app.StopAsync();
        foreach (var stream in streams)
        {
            var blocks = await stream.RestAsync();
            blocks.Count(static block => block.Data == "last words").ShouldBe(1);
            blocks[^1].Retry.ShouldNotBeNull();
            stream.Dispose();
        }

        var text = await http2.Content.ReadAsStringAsync(Deadline.Token);
        text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1].ShouldStartWith("retry: ");
        await stopping;
        app.Connections.Count.ShouldBe(0);
    });

    [Fact]
    public Task A_client_that_does_not_read_is_cut_and_while_that_lasts_the_server_says_that_it_stops() => new StreamApp
    {
        Options = static options => (options.DrainPeriod, options.WriteTimeout) = (TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(10)),
        Services = static builder => builder.Services.AddHealthChecks().AddCurlew(tags: "ready"),
        Map = static app =>
        {
            app.MapEventStream("/events/{topic}", "{topic}");
            app.MapHealthChecks("/ready");
        },
        Expects = static problem => problem.EventName == "DrainCut" || problem.Category.StartsWith("Microsoft.Extensions.Diagnostics.HealthChecks", StringComparison.Ordinal),
    }.RunAsync(static async app =>
    {
        using var ready = await app.SendAsync("/ready");
        ready.Status.ShouldBe(200);
        using var stalled = await app.OpenAsync("/events/news", StalledReader.Options);
        await StalledReader.FillAsync(app, data => app.Publisher.PublishAsync("news", data).AsTask());
        using var reader = await app.OpenAsync("/events/other");

        var clock = Stopwatch.StartNew();
        var stopping = app.StopAsync();
        (await reader.RestAsync())[^1].Retry.ShouldNotBeNull();

        // The listener is open, and what it says is honest.
        using var late = await app.SendAsync("/events/other");
        await late.ShouldBeRefusedAsync(503);
        late.Headers.ContainsKey("Retry-After").ShouldBeTrue();
        using var notReady = await app.SendAsync("/ready");
        notReady.Status.ShouldBe(503);
        stopping.IsCompleted.ShouldBeFalse();

        await stopping;
        clock.Elapsed.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1.9));
        app.Connections.Count.ShouldBe(0);
        await Should.ThrowAsync<IOException>(stalled.RestAsync());
    });

    [Fact]
    public Task Without_streams_there_is_nothing_to_wait_for() => new StreamApp { HasLongDrain = true }.RunAsync(static async app =>
    {
        using (await app.OpenAsync("/events/news"))
        {
            // Opened and left.
        }

        await app.ShouldHoldNothingAsync();
        await app.StopAsync();
    });

    [Fact]
    public async Task Every_fault_of_the_options_is_named_in_one_message_at_the_start()
    {
        var app = new StreamApp
        {
            Options = static options =>
            {
                options.KeepAlive = options.WriteTimeout = TimeSpan.FromMilliseconds(99);
                options.DrainPeriod = TimeSpan.FromSeconds(-1);
                options.MaxConnectionAge = TimeSpan.Zero;
                options.ReconnectDelay = TimeSpan.Zero;
                options.MaxConnections = options.MaxConnectionsPerAddress = options.MaxConnectionsPerUser = options.MaxTopicsPerSubscription = 0;
                options.Busy = (BusyResponse)7;
                options.SendBufferBytes = 1;
            },
        };
        var error = await Should.ThrowAsync<OptionsValidationException>(() => app.RunAsync(static _ => Task.CompletedTask));
        error.Failures.Select(static failure => failure.Split(' ')[0]).ShouldBe(
            [
                "KeepAlive", "WriteTimeout", "DrainPeriod", "MaxConnectionAge", "ReconnectDelay", "MaxConnections", "MaxConnectionsPerAddress", "MaxConnectionsPerUser",
                "MaxTopicsPerSubscription", "Busy", "SendBufferBytes",
            ]);
    }

    [Fact]
    public async Task A_hubs_faults_are_named_beside_those_of_the_streams()
    {
        var app = new StreamApp { Options = static options => options.MaxConnections = 0, HubOptions = static hub => hub.QueueBytes = 0 };
        var error = await Should.ThrowAsync<AggregateException>(() => app.RunAsync(static _ => Task.CompletedTask));
        error.Flatten().InnerExceptions.OfType<OptionsValidationException>().SelectMany(static fault => fault.Failures).Select(static failure => failure.Split(' ')[0])
            .ShouldBe(["MaxConnections", "QueueBytes"], ignoreOrder: true);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(4)]
    public async Task A_drain_period_has_to_be_below_the_hosts_shutdown_timeout(int shutdownSeconds)
    {
        var app = new StreamApp
        {
            Services = builder => builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(shutdownSeconds)),
        };
        var error = await Should.ThrowAsync<OptionsValidationException>(() => app.RunAsync(static _ => Task.CompletedTask));
        error.Failures.ShouldHaveSingleItem().ShouldContain("shutdown timeout (00:00:0" + shutdownSeconds);
    }
}
