using System.Globalization;
using Curlew.Interop.Tests.Servers;

namespace Curlew.Interop.Tests.Clients;

/// <summary>Clients of other libraries that connect again, against Curlew's server.</summary>
public sealed class ReconnectingClientTests(Chromium chromium)
{
    private const string Browser = "Chromium";
    private const string FetchEventSource = "fetch-event-source.mjs";

    public static TheoryData<string> All => [Browser, "eventsource.mjs", "eventsource-parser.mjs", FetchEventSource, "undici.mjs"];

    /// <summary>Those that take an id from a block without data, as the standard says.</summary>
    public static TheoryData<string> TakesEveryId => [Browser, FetchEventSource, "undici.mjs"];

    /// <summary>Those that know an id only together with an event.</summary>
    public static TheoryData<string> TakesIdsOfEventsOnly => ["eventsource.mjs", "eventsource-parser.mjs"];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Events_ArriveAsTheyWerePublished_BetweenKeepAlives(string library)
    {
        await using var app = await CurlewApp.StartAsync();
        await using var client = await StartAsync(library, app.Url("/events/a"));
        await app.UntilConnectedAsync();

        List<PeerEvent> published = [];
        foreach (var (type, data) in Samples.Events)
            published.Add(new(type, data.Replace('\r', '\n'), await app.PublishAsync("a", data, type)));
        await app.UntilKeptAliveAsync();
        published.Add(new("message", "last", await app.PublishAsync("a", "last")));

        (await client.UntilDataAsync("last")).ShouldBe(published);
        app.LastEventIds.ShouldBe([null], "it was not cut");
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Reading_ThroughCutConnections_HasEveryEventOnceAndInOrder(string library)
    {
        const int Cuts = 6;
        await using var app = await CurlewApp.StartAsync();
        await using var client = await StartAsync(library, app.Url("/events/a"));
        await app.UntilConnectedAsync();
        List<PeerEvent> published = [];

        for (var cut = 0; cut <= Cuts; cut++)
        {
            for (var i = 0; i < 20; i++)
            {
                var data = published.Count.ToString(CultureInfo.InvariantCulture);
                published.Add(new("number", data, await app.PublishAsync("a", data, "number")));
            }

            if (cut == Cuts)
                break;
            // Some are on their way when it is cut, but it has an id.
            await client.UntilAsync(events => events.Count > cut * 20);
            app.Network.Cut();
            await app.UntilConnectedAsync(cut + 2);
        }

        (await client.UntilAsync(events => events.Count >= published.Count)).ShouldBe(published);
        app.LastEventIds.Skip(1).ShouldAllBe(static id => id != null);
        app.Network.Cuts.ShouldBeGreaterThanOrEqualTo(Cuts);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task StreamThatTheServerEnds_IsContinuedAfterTheLastEvent(string library)
    {
        await using var app = await CurlewApp.StartAsync();
        await using var client = await StartAsync(library, app.Url("/events/a"));
        await app.UntilConnectedAsync();
        await app.PublishAsync("a", "before");
        await client.UntilDataAsync("before");

        app.EndStreams();
        // Sent as the last of the old stream, or by the new one.
        await app.PublishAsync("a", "meanwhile");
        await app.UntilConnectedAsync(2);
        await app.PublishAsync("a", "after");

        (await client.UntilDataAsync("after")).Select(static e => e.Data).ShouldBe(["before", "meanwhile", "after"]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task EventsThatAreNoLongerRetained_AreToldByAGap(string library)
    {
        await using var app = await CurlewApp.StartAsync(static hub => hub.Retention.MaxEvents = 10);
        await using var client = await StartAsync(library, app.Url("/events/a"));
        await app.UntilConnectedAsync();
        var first = await app.PublishAsync("a", "first");
        await client.UntilDataAsync("first");

        await app.GoAwayAsync();
        for (var i = 0; i < 100; i++)
            await app.PublishAsync("a", $"{i}", "number");
        await app.UntilTrimmedAsync(first);
        app.ComeBack();

        var events = await client.UntilDataAsync("99");
        events.Take(2).Select(static e => e.Type).ShouldBe(["message", "gap"]);
        events[1].Data.ShouldContain("\"trimmed\"");
        events.Count.ShouldBeLessThan(50);
        events.Skip(2).Select(static e => e.Data).ShouldBe(Enumerable.Range(0, 100).Select(static i => $"{i}").TakeLast(events.Count - 2));
    }

    [Theory]
    [MemberData(nameof(TakesEveryId))]
    public async Task FirstBlockAndKeepAlives_MoveThePosition_OfAClientWithoutEvents(string library)
    {
        await using var app = await CurlewApp.StartAsync();
        await using var client = await StartAsync(library, app.Url("/events/a"));
        await app.UntilConnectedAsync();
        var elsewhere = await app.PublishAsync("b", "not for this client");

        // A keep-alive that the server has sent may be lost with the connection: then the next one counts.
        await Eventually.UntilAsync(async () =>
        {
            await app.UntilKeptAliveAsync();
            var requests = app.LastEventIds.Count;
            app.Network.Cut();
            await app.UntilConnectedAsync(requests + 1);
            return app.LastEventIds[^1] == elsewhere;
        });
        await app.GoAwayAsync();
        await app.PublishAsync("a", "missed");
        app.ComeBack();

        (await client.UntilDataAsync("missed")).Count.ShouldBe(1);
    }

    /// <summary>By the standard an id counts without data; eventsource-parser, and so eventsource, gives it only with an event.</summary>
    [Theory]
    [MemberData(nameof(TakesIdsOfEventsOnly))]
    public async Task ClientThatTakesIdsOfEventsOnly_CutBeforeItsFirstEvent_MissesEvents(string library)
    {
        await using var app = await CurlewApp.StartAsync();
        await using var client = await StartAsync(library, app.Url("/events/a"));
        await app.UntilConnectedAsync();
        await app.UntilKeptAliveAsync();

        await app.GoAwayAsync();
        await app.PublishAsync("a", "missed");
        var requests = app.LastEventIds.Count;
        app.ComeBack();
        await app.UntilConnectedAsync(requests + 1);
        await app.PublishAsync("a", "seen");

        (await client.UntilDataAsync("seen")).Select(static e => e.Data).ShouldBe(["seen"]);
        app.LastEventIds.ShouldAllBe(static id => id == null);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task ClientThatBeginsAfterAKnownId_CutBeforeItsFirstEvent_MissesNothing(string library)
    {
        await using var app = await CurlewApp.StartAsync();
        var known = await app.PublishAsync("b", "what the page was rendered from");
        await using var client = await StartAsync(library, app.Url($"/events/a?lastEventId={known}"));
        await app.UntilConnectedAsync();
        await app.UntilKeptAliveAsync();

        await app.GoAwayAsync();
        await app.PublishAsync("a", "missed");
        app.ComeBack();

        (await client.UntilDataAsync("missed")).Select(static e => e.Data).ShouldBe(["missed"]);
    }

    /// <summary>A block without data is nothing to a browser; fetch-event-source makes an empty message of it, which its user has to pass over.</summary>
    [Fact]
    public async Task FetchEventSource_GivesAnEmptyMessage_ForEachBlockWithoutData()
    {
        await using var app = await CurlewApp.StartAsync();
        await using var client = await StartAsync(FetchEventSource, app.Url("/events/a"));

        await Eventually.UntilAsync(() => client.Received.Count >= 2);

        client.Received.ShouldAllBe(static e => e.Type == "" && e.Data == "" && e.Id != "");
    }

    [Fact]
    public async Task FetchEventSource_LosesTheEmptyLinesAtTheStartOfData()
    {
        await using var app = await CurlewApp.StartAsync();
        await using var client = await StartAsync(FetchEventSource, app.Url("/events/a"));
        await app.UntilConnectedAsync();

        await app.PublishAsync("a", "\n\ntext\n");

        (await client.UntilAsync(static events => events.Count > 0)).Single().Data.ShouldBe("text\n");
    }

    /// <summary>By the standard an id counts at the end of its block; here at the end of its line, so that an event cut behind its id is lost.</summary>
    [Fact]
    public async Task FetchEventSource_TakesTheIdOfABlockThatWasCut()
    {
        await using var server = await PeerServer.StartAsync("http.mjs");
        await using var client = await StartAsync(FetchEventSource, server.Url);

        await Eventually.UntilAsync(() => server.Requests.Count() >= 2);

        server.Requests.ElementAt(1).ShouldBe("never");
    }

    [Fact]
    public async Task FetchEventSource_StopsAtTheEndOfAStream_UnlessOnCloseThrows()
    {
        await using var app = await CurlewApp.StartAsync();
        await using var client = await ProgramClient.StartScriptAsync(FetchEventSource, app.Url("/events/a").AbsoluteUri, "stop-at-end");
        await app.UntilConnectedAsync();

        app.EndStreams();

        await client.Program.WaitForLineAsync("^over$");
        app.LastEventIds.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Undici_DoesNotKeepItsProcessAlive_WhileItWaits()
    {
        await using var app = await CurlewApp.StartAsync();
        app.Network.IsAway = true;
        await using var client = await ProgramClient.StartScriptAsync("undici-alone.mjs", app.Url("/events/a").AbsoluteUri);

        (await client.Program.WaitForExitAsync()).ShouldBe(0);
    }

    private async Task<ClientUnderTest> StartAsync(string library, Uri url) => library == Browser
        ? await ChromiumClient.StartAsync(chromium, url)
        : await ProgramClient.StartScriptAsync(library, url.AbsoluteUri);
}
