namespace Curlew.Client.Tests;

/// <summary>The client and Curlew's own server, through a bad network.</summary>
public sealed class OwnServerTests
{
    [Fact]
    public async Task Reading_ThroughCutConnections_YieldsEveryEventOnceAndInOrder()
    {
        const int Count = 400;
        await using var app = TestApp.Create(static options => options.ReconnectDelay = TimeSpan.FromMilliseconds(1));
        await app.StartAsync();
        await using var proxy = CutProxy.Start(app.Port);
        await using var source = new EventSource($"http://127.0.0.1:{proxy.Port}/events/a", new EventSourceOptions { RetryPolicy = SourceReading.AtOnce });
        var failures = 0;
        source.StateChanged += (_, change) => failures += change.Failure is null ? 0 : 1;
        var reading = source.DataAsync(Count);
        await Eventually.UntilAsync(() => source.LastEventId.Length > 0, because: "the first block has the position");

        for (var i = 0; i < Count; i++)
        {
            await app.Publisher.PublishAsync("a", $"{i}", cancellationToken: Deadline.Token);
            if (i % 40 == 39)
                proxy.Cut();
        }

        (await reading).ShouldBe(Enumerable.Range(0, Count).Select(static i => $"{i}"));
        failures.ShouldBeGreaterThan(0);
        proxy.Cuts.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Position_ThatIsNoLongerRetained_IsAGap()
    {
        await using var app = TestApp.Create(hub: static hub => hub.Retention.MaxEvents = 10);
        await app.StartAsync();
        var first = await app.Publisher.PublishAsync("a", "0", cancellationToken: Deadline.Token);
        for (var i = 1; i <= 100; i++)
            await app.Publisher.PublishAsync("a", $"{i}", cancellationToken: Deadline.Token);
        EventStreamGap? gap = null;
        await Eventually.UntilAsync(async () =>
        {
            // The log is trimmed in the background.
            await using var source = new EventSource(app.Url("/events/a"), new EventSourceOptions { LastEventId = first.ToString() });
            await foreach (var message in source.ReadMessagesAsync(Deadline.Token))
            {
                gap = message.Gap;
                if (message.Kind != EventSourceMessageKind.Id)
                    break;
            }

            return gap is not null;
        });

        (gap!.Reason, gap.AskedId).ShouldBe(("trimmed", first.ToString()));
        gap.OldestId.ShouldNotBeNull();
        gap.Item.EventId.ShouldNotBeNull();
    }

    [Fact]
    public async Task KeepAlives_MoveThePositionOfAnIdleClient()
    {
        await using var app = TestApp.Create(static options => options.KeepAlive = TimeSpan.FromMilliseconds(100));
        await app.StartAsync();
        await using var source = new EventSource(app.Url("/events/quiet"));
        var reading = source.DataAsync();
        await Eventually.UntilAsync(() => source.LastEventId.Length > 0);
        var other = await app.Publisher.PublishAsync("busy", "x", cancellationToken: Deadline.Token);

        await Eventually.UntilAsync(() => source.LastEventId == other.ToString());
        await source.DisposeAsync();
        (await reading).ShouldBeEmpty();
    }
}
