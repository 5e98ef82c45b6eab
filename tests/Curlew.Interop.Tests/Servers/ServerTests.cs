using System.Collections.Concurrent;
using Curlew.Client;

namespace Curlew.Interop.Tests.Servers;

/// <summary>Curlew's client against servers made with other libraries.</summary>
public sealed class ServerTests
{
    [Theory]
    [InlineData("http.mjs")]
    [InlineData("better-sse.mjs")]
    [InlineData("http_server.py")]
    public async Task Reading_FromAServerThatCutsConnections_YieldsEveryEventOnce(string script)
    {
        await using var server = await PeerServer.StartAsync(script);
        await using var source = new EventSource(server.Url, new EventSourceOptions { ReadComments = true });
        ConcurrentQueue<TimeSpan> delays = new();
        source.StateChanged += (_, change) =>
        {
            if (change.Delay is { } delay)
                delays.Enqueue(delay);
        };
        List<PeerEvent> events = [];
        List<string?> comments = [];

        // A 204 ends the sequence.
        await foreach (var message in source.ReadMessagesAsync(Deadline.Token))
        {
            if (message.Kind == EventSourceMessageKind.Event)
                events.Add(new(message.Item.EventType, message.Item.Data, message.LastEventId));
            else if (message.Kind == EventSourceMessageKind.Comment)
                comments.Add(message.Comment);
        }

        events.ShouldBe(await PeerServer.PlayedEventsAsync());
        comments.ShouldContain("hello", StringComparer.Ordinal);
        source.State.ShouldBe(EventSourceState.Closed);
        // The server prints them before it answers, but another process reads them.
        await Eventually.UntilAsync(() => server.Requests.Count() == 4);
        server.Requests.ShouldBe(["none", "4", "8", "12"]);
        // The server's "retry: 10" holds for all that follow: the client's own time would be the least wait.
        delays.Count.ShouldBe(3);
        delays.ShouldAllBe(static delay => delay < EventSourceOptions.DefaultReconnectionTime);
    }

    /// <summary>better-sse writes a text with line breaks as it is, so that all but the first line is lost; and it gives every event an id.</summary>
    [Fact]
    public async Task BetterSse_GivenATextWithLineBreaks_SendsItsFirstLine()
    {
        await using var server = await PeerServer.StartAsync("better-sse.mjs");
        await using var source = new EventSource(new Uri(server.Url, "/as-pushed"));

        await using var reading = source.ReadAllAsync(Deadline.Token).GetAsyncEnumerator(Deadline.Token);
        (await reading.MoveNextAsync()).ShouldBeTrue();

        reading.Current.Data.ShouldBe("first");
        Guid.TryParse(reading.Current.EventId, out _).ShouldBeTrue();
    }
}
