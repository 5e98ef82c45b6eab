namespace Curlew.Interop.Tests.Clients;

/// <summary>Clients that read one answer: they go on with a second request that has the last id.</summary>
public sealed class SingleRequestClientTests
{
    private const string Curl = "curl";
    private const string HttpClient = "http_client.py";

    [Theory]
    [InlineData(Curl)]
    [InlineData(HttpClient)]
    public async Task Events_ArriveAsTheyWerePublished_BetweenKeepAlives(string program)
    {
        await using var app = await CurlewApp.StartAsync();
        await using var client = await StartAsync(program, app.Url("/events/a"));
        await app.UntilConnectedAsync();

        List<PeerEvent> published = [];
        foreach (var (type, data) in Samples.Events)
            published.Add(new(type, data.Replace('\r', '\n'), await app.PublishAsync("a", data, type)));
        await app.UntilKeptAliveAsync();
        published.Add(new("message", "last", await app.PublishAsync("a", "last")));

        (await client.UntilDataAsync("last")).ShouldBe(published);
    }

    [Theory]
    [InlineData(Curl, 56)]
    [InlineData(HttpClient, 0)]
    public async Task SecondRequest_AfterACut_GoesOnWithTheNextEvent(string program, int exitCodeOfACut)
    {
        await using var app = await CurlewApp.StartAsync();
        List<PeerEvent> published = [];
        List<PeerEvent> received = [];
        await using (var client = await StartAsync(program, app.Url("/events/a")))
        {
            await app.UntilConnectedAsync();
            for (var i = 0; i < 20; i++)
                published.Add(new("number", $"{i}", await app.PublishAsync("a", $"{i}", "number")));
            await client.UntilAsync(static events => events.Count > 0);
            app.Network.Cut();
            (await client.Program.WaitForExitAsync()).ShouldBe(exitCodeOfACut);
            received.AddRange(client.Events);
        }

        published.Add(new("number", "20", await app.PublishAsync("a", "20", "number")));
        await using var second = await StartAsync(program, app.Url("/events/a"), received[^1].Id);

        received.AddRange(await second.UntilDataAsync("20"));
        received.ShouldBe(published);
        app.LastEventIds.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(Curl)]
    [InlineData(HttpClient)]
    public async Task StreamThatTheServerEnds_EndsTheProgramProperly(string program)
    {
        await using var app = await CurlewApp.StartAsync();
        await using var client = await StartAsync(program, app.Url("/events/a"));
        await app.UntilConnectedAsync();
        await app.PublishAsync("a", "before");
        await client.UntilDataAsync("before");

        app.EndStreams();

        (await client.Program.WaitForExitAsync()).ShouldBe(0);
        client.Program.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Curl)]
    [InlineData(HttpClient)]
    public async Task IdThatTheServerDoesNotKnow_IsToldByAGap(string program)
    {
        await using var app = await CurlewApp.StartAsync();
        await app.PublishAsync("a", "retained");

        await using var client = await StartAsync(program, app.Url("/events/a"), "9999999999999-0");

        var events = await client.UntilDataAsync("retained");
        events.Select(static e => e.Type).ShouldBe(["gap", "message"]);
        events[0].Data.ShouldContain("\"lost\"");
    }

    private static async Task<ProgramClient> StartAsync(string program, Uri url, string? lastEventId = null)
    {
        if (program == Curl)
            return ProgramClient.StartCurl(url, lastEventId);
        string[] position = lastEventId is null ? [] : [lastEventId];
        return await ProgramClient.StartScriptAsync(program, [url.AbsoluteUri, .. position]);
    }
}
