using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Curlew.Client.Tests;

/// <summary>Typed events, gaps, comments, ids that move without an event.</summary>
public sealed partial class MessageTests
{
    private const string Gap = "id: 9\nevent: gap\ndata: {\"reason\":\"trimmed\",\"lastEventId\":\"3\",\"oldest\":\"8\"}\n\n";

    [Fact]
    public async Task TypedReading_ParsesJson()
    {
        await using var source = Source("id: 1\nevent: paid\ndata: {\"id\":\"a\",\"total\":3}\n\n");

        await foreach (var item in source.ReadAllAsync(OrderJson.Default.Order, Deadline.Token))
            (item.EventType, item.EventId, item.Data).ShouldBe(("paid", "1", new Order("a", 3)));

        source.LastEventId.ShouldBe("1");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("null")]
    public async Task TypedReading_OfOtherData_ThrowsAndMayGoOnBehindIt(string data)
    {
        await using var source = Source($"id: 1\ndata: {data}\n\n");

        await Should.ThrowAsync<JsonException>(async () =>
        {
            await foreach (var item in source.ReadAllAsync(OrderJson.Default.Order, Deadline.Token))
                item.Data.ShouldBeNull();
        });

        source.LastEventId.ShouldBe("1");
        source.State.ShouldBe(EventSourceState.Closed);
    }

    [Fact]
    public async Task TypedReading_WithAParser_GetsTypeAndBytes()
    {
        await using var source = Source("event: t\ndata: é\n\n");

        List<string> data = [];
        await foreach (var item in source.ReadAllAsync(static (type, bytes) => type + bytes.Length, Deadline.Token))
            data.Add(item.Data);

        data.ShouldBe(["t2"]);
    }

    [Fact]
    public async Task Gap_AmongTypedEvents_IsNeverSilent()
    {
        await using var source = Source(Gap);

        var error = await Should.ThrowAsync<EventStreamGapException>(async () =>
        {
            await foreach (var item in source.ReadAllAsync(OrderJson.Default.Order, Deadline.Token))
                item.Data.ShouldBeNull();
        });

        (error.Gap.Reason, error.Gap.AskedId, error.Gap.OldestId, error.Gap.Missed).ShouldBe(("trimmed", "3", "8", null));
        source.LastEventId.ShouldBe("9");
    }

    [Fact]
    public async Task Gap_AmongEventsAsText_IsAnEvent()
    {
        await using var source = Source(Gap);

        await foreach (var item in source.ReadAllAsync(Deadline.Token))
        {
            EventStreamGap.TryRead(item, out var gap).ShouldBeTrue();
            (gap!.Reason, gap.Item.EventId).ShouldBe(("trimmed", "9"));
        }
    }

    [Theory]
    [InlineData("gap", "{\"reason\":\"dropped\",\"missed\":12}", true)]
    [InlineData("gap", "{\"reason\":\"lost\",\"lastEventId\":\"3\",\"oldest\":null}", true)]
    [InlineData("gap", "{\"reason\":1}", false)]
    [InlineData("gap", "{\"width\":12}", false)]
    [InlineData("gap", "[]", false)]
    [InlineData("gap", "mind it", false)]
    [InlineData("gap", "", false)]
    [InlineData("message", "{\"reason\":\"lost\"}", false)]
    public void Gap_IsRecognisedByTypeAndReason(string type, string data, bool isGap) => EventStreamGap.TryRead(new(data, type), out _).ShouldBe(isGap);

    [Fact]
    public async Task Messages_HaveEverythingInOrder()
    {
        await using var source = Source(":hello\n\nid: 1\ndata: x\n\nid: 2\n\n: \n" + Gap + "data: y\n\n", new EventSourceOptions { ReadComments = true });

        List<string> told = [];
        await foreach (var message in source.ReadMessagesAsync(Deadline.Token))
            told.Add($"{message.Kind} [{message.LastEventId}] {message.Item.Data}{message.Comment}{message.Gap?.Reason}".TrimEnd());

        told.ShouldBe(["Comment [] hello", "Event [1] x", "Id [2]", "Comment [2]", "Gap [9] trimmed", "Event [9] y"]);
    }

    [Fact]
    public async Task Comments_AreLeftOutUnlessAskedFor()
    {
        await using var source = Source(":hello\n\ndata: x\n\n");

        await foreach (var message in source.ReadMessagesAsync(Deadline.Token))
            message.Kind.ShouldBe(EventSourceMessageKind.Event);
    }

    [Fact]
    public async Task Reading_AllocatesNothingButTheStringsHandedOut()
    {
        const int EventsInAChunk = 100;
        const int Chunks = 40;
        var data = new string('x', 101);
        var chunk = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(10_000, EventsInAChunk).Select(id => $"id: {id}\nevent: order.paid\ndata: {data}\n\n")));
        var chunks = Enumerable.Repeat((ReadOnlyMemory<byte>)chunk, Chunks).ToArray();
        using var handler = new StubHandler(_ => StubHandler.EventStream(new ChunkedStream(chunks, static _ => false)));
        await using var source = new EventSource("http://stub.example/", new EventSourceOptions { HttpMessageHandler = handler, RetryPolicy = SourceReading.Never });

        var (read, length, before, after) = (0, 0, 0L, 0L);
        // All of it runs on this thread: nothing is late.
        await foreach (var item in source.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            length += item.Data.Length + item.EventId!.Length;
            // The last chunk, from its first event to its last: what a read of the network costs is not the parser's.
            if (++read == ((Chunks - 1) * EventsInAChunk) + 1)
                before = GC.GetAllocatedBytesForCurrentThread();
            if (read == Chunks * EventsInAChunk)
                after = GC.GetAllocatedBytesForCurrentThread();
        }

        length.ShouldBe(read * (data.Length + 5));
        // Of a string: a header, a length, the chars and a terminator, in steps of 8 bytes.
        static long SizeOf(int length) => (8 + 8 + 4 + (2 * (length + 1)) + 7) / 8 * 8;
        (after - before).ShouldBe((EventsInAChunk - 1) * (SizeOf(data.Length) + SizeOf("10000".Length)));
    }

    private static EventSource Source(string body, EventSourceOptions? options = null)
    {
        options ??= new();
        options.RetryPolicy = SourceReading.Never;
        options.HttpMessageHandler = new StubHandler(_ => StubHandler.EventStream(new MemoryStream(Encoding.UTF8.GetBytes(body))));
        return new("http://stub.example/", options);
    }

    internal sealed record Order(string Id, int Total);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Order))]
    private sealed partial class OrderJson : JsonSerializerContext;
}
