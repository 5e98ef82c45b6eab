using Microsoft.Extensions.Options;

namespace Curlew.Samples.Tests;

/// <summary>The ways to configure that the manual shows.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public async Task Options_are_those_of_the_streams_and_of_the_hubs()
    {
        var builder = WebApplication.CreateSlimBuilder();

        builder.Services.AddCurlew(streams => streams.KeepAlive = TimeSpan.FromSeconds(30))
            .ConfigureHub(hub => hub.Retention.MaxAge = TimeSpan.FromHours(1))
            .AddHub("audit", hub => hub.MaxEventBytes = 4096);

        await using var app = builder.Build();
        var hubs = app.Services.GetRequiredService<IOptionsMonitor<HubOptions>>();
        app.Services.GetRequiredService<IOptions<CurlewOptions>>().Value.KeepAlive.ShouldBe(TimeSpan.FromSeconds(30));
        hubs.CurrentValue.Retention.MaxAge.ShouldBe(TimeSpan.FromHours(1));
        hubs.CurrentValue.MaxEventBytes.ShouldBe(HubOptions.DefaultMaxEventBytes);
        hubs.Get("audit").MaxEventBytes.ShouldBe(4096);
        await Should.ThrowAsync<EventTooLargeException>(async () =>
            await app.Services.GetRequiredKeyedService<IEventPublisher>("audit").PublishAsync("a", new string('x', 4097), cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_policy_is_that_of_the_hub_or_of_the_stream()
    {
        var builder = WebApplication.CreateSlimBuilder();

        builder.Services.AddCurlew().ConfigureHub(hub => hub.SlowConsumer = SlowConsumerPolicy.Disconnect);

        await using var app = builder.Build();
        app.MapEventStream("/prices", stream => stream.Pattern("prices/**").OnOverflow(SlowConsumerPolicy.DropOldest));

        app.Services.GetRequiredService<IOptions<HubOptions>>().Value.SlowConsumer.ShouldBe(SlowConsumerPolicy.Disconnect);
    }
}
