using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Curlew.Tests.Log;

public sealed class FrameTests
{
    private static readonly EventId Id = new(1767225600000, 7);

    [Fact]
    public void Bytes_AllFields_AreTheBlockInItsCustomaryOrder()
    {
        var frame = new Frame(Id, ["a"], "line 1\nline 2"u8, "placed", TimeSpan.FromMilliseconds(1500.9));

        Encoding.UTF8.GetString(frame.Bytes.Span).ShouldBe("id: 1767225600000-7\nevent: placed\nretry: 1500\ndata: line 1\ndata: line 2\n\n");
        ParsedFrame.Of(frame).ShouldBe(new("1767225600000-7", "placed", "line 1\nline 2", TimeSpan.FromMilliseconds(1500)));
    }

    [Fact]
    public void Bytes_AnyData_AreReadBackAsTheEvent()
    {
        var data = Gen.Elements("a", "\n", "\r", "\r\n", ":", " ", "data: x", "id: 1-1", "event: gap", "retry: 0", "\0", "é", "😀", "\ufeff")
            .ArrayOf().Select(string.Concat).ToArbitrary();
        Prop.ForAll(data, text =>
        {
            var frame = new Frame(Id, ["a"], Encoding.UTF8.GetBytes(text), "placed");
            ParsedFrame.Of(frame).ShouldBe(new(Id.ToString(), "placed", WithLineFeeds(text), null));
            using var json = JsonDocument.Parse(ParsedFrame.Of(frame.GetEnvelope()).Data);
            json.RootElement.GetProperty("data").GetString().ShouldBe(WithLineFeeds(text));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    public void Bytes_OfTheLongestIdAndNoType_AreReadBack(string data)
    {
        var frame = new Frame(EventId.MaxValue, ["a"], Encoding.UTF8.GetBytes(data));

        frame.Type.ShouldBeNull();
        ParsedFrame.Of(frame).ShouldBe(new("18446744073709551615-18446744073709551615", "message", data, null));
    }

    [Fact]
    public void Bytes_WithoutHistory_HaveNoId()
    {
        var frame = WithoutHistory(NewEvent.FromText(["a"], "x", "placed"));

        frame.Id.ShouldBe(Id);
        Encoding.UTF8.GetString(frame.Bytes.Span).ShouldBe("event: placed\ndata: x\n\n");
    }

    [Fact]
    public void ForServer_AGap_HasTheTypeThatNobodyElseCanPublish() =>
        ParsedFrame.Of(Frame.ForServer(Id, NewEvent.GapType, "{}"u8, withId: true)).ShouldBe(new(Id.ToString(), "gap", "{}", null));

    [Fact]
    public void Constructor_StoredTopics_MayBeTheServersOwnOrNone()
    {
        new Frame(Id, ["$user/7", "a", "$user/7"], default).Topics.ShouldBe(["$user/7", "a"]);
        new Frame(Id, [], default).Topics.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("a/*")]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("$user/*")]
    public void Constructor_AStoredTopicThatIsNone_IsRefused(string topic) => ShouldRefuse("topics", () => new Frame(Id, ["a", topic], default));

    [Theory]
    [InlineData("a\nid: 9-9")]
    [InlineData("a\r")]
    [InlineData("a\0")]
    [InlineData("gap")]
    public void Constructor_AStoredTypeThatIsNone_IsRefused(string type) => ShouldRefuse("type", () => new Frame(Id, ["a"], default, type));

    [Fact]
    public void Constructor_StoredDataThatIsIllFormed_IsRefused() => ShouldRefuse("data", static () => new Frame(Id, ["a"], [(byte)'a', 0xC3]));

    [Fact]
    public void Constructor_AStoredRetryThatIsNegative_IsRefused() => ShouldRefuse("retry", static () => new Frame(Id, ["a"], default, retry: TimeSpan.FromSeconds(-1)));

    [Fact]
    public void GetEnvelope_AllFields_AreJsonUnderTheSameIdWithoutAType()
    {
        var frame = new Frame(Id, ["a", "$user/é"], "line \"1\"\nline 2\n"u8, "placed", TimeSpan.FromSeconds(1));

        var block = ParsedFrame.Of(frame.GetEnvelope());

        (block.Id, block.Type, block.Retry).ShouldBe((Id.ToString(), "message", null));
        using var json = JsonDocument.Parse(block.Data);
        json.RootElement.EnumerateObject().Select(static property => property.Name).ShouldBe(["topics", "type", "time", "data"]);
        json.RootElement.GetProperty("topics").EnumerateArray().Select(static topic => topic.GetString()).ShouldBe(["a", "$user/é"]);
        json.RootElement.GetProperty("type").GetString().ShouldBe("placed");
        json.RootElement.GetProperty("time").GetString().ShouldBe("2026-01-01T00:00:00Z");
        json.RootElement.GetProperty("data").GetString().ShouldBe("line \"1\"\nline 2\n");
    }

    [Fact]
    public void GetEnvelope_WithoutHistoryAndType_HasNoIdAndTheTypeNull() =>
        Encoding.UTF8.GetString(WithoutHistory(NewEvent.FromText(["a"], "x")).GetEnvelope()).ShouldBe("data: {\"topics\":[\"a\"],\"type\":null,\"time\":\"2026-01-01T00:00:00Z\",\"data\":\"x\"}\n\n");

    [Fact]
    public void OccurredAt_IsThePublishersTimeElseThatOfTheId()
    {
        var occurredAt = new DateTimeOffset(2026, 1, 31, 14, 0, 0, TimeSpan.FromHours(2)).AddTicks(1);
        var frame = new Frame(Id, ["a"], "x"u8, occurredAt: occurredAt);

        (frame.OccurredAt, frame.OccurredAt!.Value.Offset).ShouldBe((occurredAt, TimeSpan.Zero));
        Encoding.UTF8.GetString(frame.GetEnvelope()).ShouldContain("\"time\":\"2026-01-31T12:00:00.0000001Z\"");
        Encoding.UTF8.GetString(frame.Bytes.Span).ShouldBe($"id: {Id}\ndata: x\n\n");
        WithoutHistory(NewEvent.FromText(["a"], "x", occurredAt: occurredAt)).OccurredAt.ShouldBe(occurredAt);
        new Frame(Id, ["a"], "x"u8).OccurredAt.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds((long)Id.Milliseconds));
        NewEvent.FromText(["a"], "x", occurredAt: default(DateTimeOffset)).OccurredAt.ShouldBeNull();
    }

    [Fact]
    public void OccurredAt_AnIdThatIsNoTime_HasNone()
    {
        var last = (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

        new Frame(new(last, 0), ["a"], "x"u8).OccurredAt.ShouldNotBeNull();
        var frame = new Frame(new(last + 1, 0), ["a"], "x"u8);
        frame.OccurredAt.ShouldBeNull();
        Encoding.UTF8.GetString(frame.GetEnvelope()).ShouldContain("""data: {"topics":["a"],"type":null,"data":"x"}""");
    }

    [Fact]
    public void GetEnvelope_AskedForTwice_IsEncodedOnce()
    {
        var frame = new Frame(Id, ["a"], "x"u8);

        (frame.GetEnvelope() == frame.GetEnvelope()).ShouldBeTrue("the spans are of the same memory");
    }

    private static string WithLineFeeds(string text) =>
        text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    private static Frame WithoutHistory(NewEvent e)
    {
        var frame = Frame.Prepare(e);
        frame.Seal(Id, withId: false);
        return frame;
    }

    private static void ShouldRefuse(string field, Func<Frame> create) => Should.Throw<InvalidEventException>(create).Field.ShouldBe(field);
}
