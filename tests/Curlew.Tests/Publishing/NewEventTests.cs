using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Curlew.Tests.Publishing;

public sealed class NewEventTests
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    public static TheoryData<string, string> FaultyTopics => new()
    {
        { "", "a topic cannot be empty" },
        { "a/*", "a topic cannot hold '*': it is a name, not a pattern" },
        { "$user/7", "a topic cannot begin with '$': such topics are the server's own" },
    };

    [Fact]
    public void Constructor_AllFields_KeepsThem()
    {
        var e = new NewEvent(["a", "b"], "datá"u8.ToArray(), "placed", TimeSpan.FromSeconds(3));

        e.Topics.ShouldBe(["a", "b"]);
        Encoding.UTF8.GetString(e.Data.Span).ShouldBe("datá");
        (e.Type, e.Retry).ShouldBe(("placed", TimeSpan.FromSeconds(3)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Constructor_NoType_IsTheDefault(string? type) => new NewEvent(["a"], default, type).Type.ShouldBeNull();

    [Fact]
    public void Constructor_RepeatedTopics_KeepsEachOnceInOrder() =>
        NewEvent.FromText(["b", "a", "b", "A", "a"], "x").Topics.ShouldBe(["b", "a", "A"]);

    [Fact]
    public void Constructor_TopicsChangedAfterwards_StaysAsItWas()
    {
        string[] topics = ["a"];
        var e = NewEvent.FromText(topics, "x");

        topics[0] = "$user/7";

        e.Topics.ShouldBe(["a"]);
    }

    [Theory]
    [MemberData(nameof(FaultyTopics))]
    public void Constructor_AFaultyTopicAmongGoodOnes_IsRefused(string topic, string fault)
    {
        ShouldRefuse("topics", fault, () => new NewEvent(["a", topic], default));
        ShouldRefuse("topics", fault, () => NewEvent.FromText(["a", topic], "x"));
        ShouldRefuse("topics", fault, () => NewEvent.FromJson(["a", topic], 1, TypeInfo<int>()));
    }

    [Fact]
    public void Constructor_NoTopic_IsRefused() => ShouldRefuse("topics", "it has no topic", () => new NewEvent([], default));

    [Theory]
    [InlineData("a\nb", "its type holds CR, LF, NUL or a lone surrogate")]
    [InlineData("a\r", "its type holds CR, LF, NUL or a lone surrogate")]
    [InlineData("a\0", "its type holds CR, LF, NUL or a lone surrogate")]
    [InlineData("gap", "the type 'gap' is the server's own")]
    public void Constructor_AFaultyType_IsRefused(string type, string fault) => ShouldRefuse("type", fault, () => new NewEvent(["a"], default, type));

    [Fact]
    public void Constructor_ATypeWithALoneSurrogate_IsRefused() =>
        ShouldRefuse("type", "its type holds CR, LF, NUL or a lone surrogate", () => new NewEvent(["a"], default, "a\ud83d"));

    [Fact]
    public void Constructor_AtAndAboveTheLongestType_AllowsTheLongest()
    {
        new NewEvent(["a"], default, new string('t', 256)).Type!.Length.ShouldBe(256);
        ShouldRefuse("type", "its type exceeds 256 characters", () => new NewEvent(["a"], default, new string('t', 257)));
    }

    [Theory]
    [InlineData("Gap")]
    [InlineData("gaps")]
    public void Constructor_ATypeLikeTheServersOwn_IsTaken(string type) => new NewEvent(["a"], default, type).Type.ShouldBe(type);

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { (byte)'a', 0xC3 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    public void Constructor_IllFormedUtf8_IsRefused(byte[] data) =>
        ShouldRefuse("data", "its data is not well-formed UTF-8", () => new NewEvent(["a"], data));

    [Fact]
    public void FromText_ALoneSurrogate_IsRefused() =>
        ShouldRefuse("data", "its data is not well-formed text: it has a lone surrogate", () => NewEvent.FromText(["a"], "a\ude00"));

    [Fact]
    public void Constructor_ANegativeRetry_IsRefused()
    {
        ShouldRefuse("retry", "its retry is negative", () => new NewEvent(["a"], default, retry: TimeSpan.FromTicks(-1)));
        new NewEvent(["a"], default, retry: TimeSpan.Zero).Retry.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void FromJson_APayload_TakesItsNameUnlessToldAnother()
    {
        NewEvent.FromJson(["a"], new OrderPlaced(7, "pen"), TypeInfo<OrderPlaced>()).Type.ShouldBe("OrderPlaced");
        NewEvent.FromJson(["a"], new OrderPlaced(7, "pen"), TypeInfo<OrderPlaced>(), "placed").Type.ShouldBe("placed");
    }

    private static JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)Json.GetTypeInfo(typeof(T));

    private static void ShouldRefuse(string field, string fault, Func<NewEvent> create)
    {
        var refusal = Should.Throw<InvalidEventException>(create);
        (refusal.Field, refusal.Fault).ShouldBe((field, fault));
        refusal.Message.ShouldBe($"The event cannot be published: {fault}.");
    }
}
