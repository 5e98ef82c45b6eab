using System.Text.Json.Nodes;

namespace Curlew.Hub.EndToEndTests.Operations;

/// <summary>What the live page asks for: the connections, and to close one.</summary>
public sealed class LiveConnectionsTests
{
    [Fact]
    public async Task TheList_HoldsTheOldest100_AndTellsHowManyThereAre()
    {
        await using var hub = await HubUnderTest.StartAsync();
        List<RawStream> streams = [];
        for (var i = 0; i < 105; i++)
            streams.Add(await hub.SubscribeAsync($"topic=t/{i}"));

        var list = await ListAsync(hub);

        ((int)list["total"]!, (int)list["behind"]!).ShouldBe((105, 0));
        list["shown"]!.AsArray().Select(static row => (string)row!["topics"]![0]!).ShouldBe(Enumerable.Range(0, 100).Select(static i => $"t/{i}"));
        JsonNode.Parse((await hub.GetAsync("live/stats")).Body)!["list"].ShouldBeNull();
        streams.ForEach(static stream => stream.Dispose());
    }

    [Fact]
    public async Task AClosedConnection_EndsWithARetry_AndItsClientMissesNothing()
    {
        await using var hub = await HubUnderTest.StartAsync();
        using var stream = await hub.SubscribeAsync("topic=a");
        (await stream.BlockAsync()).Retry.ShouldNotBeNull();
        var id = (string)(await ListAsync(hub))["shown"]![0]!["id"]!;

        (await CloseAsync(hub, id, "https://evil.example")).ShouldBeRefused(403);
        (await CloseAsync(hub, "no-1")).ShouldBeRefused(404);
        ((int)(await ListAsync(hub))["total"]!).ShouldBe(1);
        (await CloseAsync(hub, id, hub.Address.GetLeftPart(UriPartial.Authority))).Status.ShouldBe(204);

        (await stream.RestAsync())[^1].Retry.ShouldNotBeNull();
        await hub.PublishAsync("a", "missed");
        using var again = await hub.SubscribeAsync("topic=a", stream.LastEventId);
        (await again.EventAsync()).Data.ShouldBe("missed");
        (await hub.MetricAsync("curlew_connections_closed_total", "ClosedByApplication")).ShouldBe(1);
        (await CloseAsync(hub, id)).ShouldBeRefused(404);
        await hub.Program.WaitForLineAsync("Closed 1 event streams: closed on the live page");
    }

    private static async Task<JsonNode> ListAsync(HubUnderTest hub) => JsonNode.Parse((await hub.GetAsync("live/stats?list=true")).Body)!["list"]!;

    private static async Task<Answer> CloseAsync(HubUnderTest hub, string id, string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"live/connections/{id}/close");
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        return await hub.SendAsync(request);
    }
}
