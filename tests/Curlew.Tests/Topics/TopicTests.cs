using FsCheck;
using FsCheck.Fluent;

namespace Curlew.Tests.Topics;

public sealed class TopicTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("orders/42")]
    [InlineData("orders/$42")]
    [InlineData(" a / b ")]
    [InlineData("a+#?%2A\\")]
    [InlineData("über/😀")]
    public void FindFault_ATopic_FindsNone(string topic) => Topic.FindFault(topic).ShouldBeNull();

    [Theory]
    [InlineData(null, "a topic cannot be empty")]
    [InlineData("", "a topic cannot be empty")]
    [InlineData("/", "a topic cannot have an empty segment")]
    [InlineData("/a", "a topic cannot have an empty segment")]
    [InlineData("a/", "a topic cannot have an empty segment")]
    [InlineData("a//b", "a topic cannot have an empty segment")]
    [InlineData("a\nb", "a topic cannot hold control characters")]
    [InlineData("a\0", "a topic cannot hold control characters")]
    [InlineData("a\u007f", "a topic cannot hold control characters")]
    [InlineData("a\u0085", "a topic cannot hold control characters")]
    [InlineData("a/*", "a topic cannot hold '*': it is a name, not a pattern")]
    [InlineData("a*", "a topic cannot hold '*': it is a name, not a pattern")]
    [InlineData("$", "a topic cannot begin with '$': such topics are the server's own")]
    [InlineData("$user/7", "a topic cannot begin with '$': such topics are the server's own")]
    public void FindFault_NoTopic_SaysWhy(string? topic, string fault) => Topic.FindFault(topic).ShouldBe(fault);

    [Fact]
    public void FindFault_ALoneSurrogate_IsIllFormed()
    {
        Topic.FindFault("a\ud83d").ShouldBe("a topic must be well-formed text");
        Topic.FindFault("\ude00\ud83d").ShouldBe("a topic must be well-formed text");
    }

    [Fact]
    public void FindFault_AtAndAboveTheLimits_AllowsTheLimit()
    {
        Topic.FindFault(new string('a', 256)).ShouldBeNull();
        Topic.FindFault(new string('a', 257)).ShouldBe("a topic cannot exceed 256 characters");
        Topic.FindFault(Segments(32)).ShouldBeNull();
        Topic.FindFault(Segments(33)).ShouldBe("a topic cannot exceed 32 segments");

        static string Segments(int count) => string.Join('/', Enumerable.Repeat("a", count));
    }

    [Theory]
    [InlineData("7", "$user/7")]
    [InlineData("a/b", "$user/a%2Fb")]
    [InlineData("*", "$user/%2A")]
    [InlineData("%2A", "$user/%252A")]
    [InlineData("ann@example.org", "$user/ann%40example.org")]
    public void ForUser_AnId_IsEscaped(string userId, string topic) => Topic.ForUser(userId).ShouldBe(topic);

    [Fact]
    public void ForUser_AnyWellFormedId_NamesOneSegmentThatReadsBackAsTheId()
    {
        // What reads back is injective: no two users share a topic.
        Prop.ForAll(UserIds(), userId =>
        {
            var topic = Topic.ForUser(userId);
            topic.ShouldStartWith("$user/");
            topic.Count(static c => c == '/').ShouldBe(1);
            Topic.FindFault(topic, pattern: false).ShouldBeNull();
            Uri.UnescapeDataString(topic["$user/".Length..]).ShouldBe(userId);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(null, "a user id cannot be empty")]
    [InlineData("", "a user id cannot be empty")]
    public void ForUser_NoId_IsRefused(string? userId, string fault) => ShouldRefuse(userId!, fault);

    [Fact]
    public void ForUser_AnIdWithALoneSurrogate_IsRefused() => ShouldRefuse("a\ud83d", "a user id must be well-formed text");

    [Fact]
    public void ForUser_AtAndAboveTheLongestId_AllowsTheLongest()
    {
        Topic.ForUser(new string('a', 250)).Length.ShouldBe(Topic.MaxLength);
        ShouldRefuse(new string('a', 251), "a user id cannot exceed 250 characters, escaped");
        ShouldRefuse(new string('/', 84), "a user id cannot exceed 250 characters, escaped");
    }

    private static void ShouldRefuse(string userId, string fault)
    {
        var refusal = Should.Throw<InvalidEventException>(() => Topic.ForUser(userId));
        (refusal.Field, refusal.Fault).ShouldBe(("user", fault));
    }

    private static Arbitrary<string> UserIds() =>
        Gen.Elements("a", "7", "/", "//", "*", "**", "%", "%2A", "%2F", "$", "$user/", ".", "..", "+", " ", "\0", "\n", "é", "😀")
            .ArrayOf().Select(static parts => string.Concat(parts.Take(12)))
            .Where(static id => id.Length > 0)
            .ToArbitrary();
}
