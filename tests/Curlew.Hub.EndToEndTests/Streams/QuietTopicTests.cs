using System.Globalization;

namespace Curlew.Hub.EndToEndTests.Streams;

/// <summary>A client of a quiet topic in a busy hub, whose retention moves past everything that the client has seen.</summary>
public sealed class QuietTopicTests
{
    // The second never sends a keep-alive for its own sake: only a cursor that is half-way out of the retention is refreshed, at a tick.
    [Theory]
    [InlineData("Curlew:KeepAlive=200ms")]
    [InlineData("Curlew:KeepAlive=1h")]
    public async Task Client_WhoseLastEventIsTrimmed_ComesBackWithoutAGap(string keepAlive)
    {
        await using var hub = await HubUnderTest.StartAsync("Curlew:Retention:MaxEvents=200", keepAlive, "Curlew:WriteTimeout=400ms");
        using var stream = await hub.SubscribeAsync("topic=quiet");
        var last = await hub.PublishAsync("quiet", "seen");
        (await stream.EventAsync()).Id.ShouldBe(last);

        await MoveRetentionAsync(hub, stream);
        var position = stream.LastEventId;
        stream.Abort();
        await hub.PublishBatchAsync("busy", Numbers(20));
        await hub.PublishAsync("quiet", "missed");
        await hub.PublishBatchAsync("busy", Numbers(20));

        using var back = await hub.SubscribeAsync("topic=quiet", position);
        (await back.EventAsync()).Data.ShouldBe("missed");
        // With the id of its last event it would have been told of one.
        using var stale = await hub.SubscribeAsync("topic=quiet", last);
        await stale.GapAsync("trimmed");
    }

    [Fact]
    public async Task Client_CutBeforeItsFirstEvent_MissesNothing()
    {
        await using var hub = await HubUnderTest.StartAsync("Curlew:Retention:MaxEvents=200", "Curlew:KeepAlive=200ms");
        await hub.PublishBatchAsync("busy", Numbers(300));
        using var atOnce = await hub.SubscribeAsync("topic=quiet");
        await atOnce.BlockAsync();
        atOnce.Abort();
        using var later = await hub.SubscribeAsync("topic=quiet");
        await later.BlockAsync();

        await hub.PublishAsync("quiet", "1");
        using (var back = await hub.SubscribeAsync("topic=quiet", atOnce.LastEventId))
            (await back.EventAsync()).Data.ShouldBe("1");

        (await later.EventAsync()).Data.ShouldBe("1");
        await MoveRetentionAsync(hub, later);
        later.Abort();
        await hub.PublishAsync("quiet", "2");
        using (var back = await hub.SubscribeAsync("topic=quiet", later.LastEventId))
            (await back.EventAsync()).Data.ShouldBe("2");
    }

    /// <summary>Publishes as much as the retention holds several times, no faster than the stream's position is told.</summary>
    private static async Task MoveRetentionAsync(HubUnderTest hub, RawStream stream)
    {
        var deadline = Deadline.Token;
        for (var round = 0; round < 5; round++)
        {
            var id = await hub.PublishBatchAsync("busy", Numbers(120));
            StreamBlock block;
            do
            {
                block = (await stream.ReadBlockAsync(deadline)).ShouldNotBeNull();
                block.IsEvent.ShouldBeFalse(block.ToString());
            }
            while (block.Id != id);
        }
    }

    private static IEnumerable<string> Numbers(int count) => Enumerable.Range(0, count).Select(static number => number.ToString(CultureInfo.InvariantCulture));
}
